package builders

// plain are Dockerfiles that the frontend inside each daemon can build. First it
// runs the steps, and Strata makes the same files and finds every step in the
// cache; then the reverse.
var plain = []scene{
	{
		name: "keys", dockerfile: `
FROM busybox AS base
ARG NAME=value
ENV GREETING="hello $NAME"
WORKDIR /app/$NAME
COPY a .
COPY --chown=1000:1000 sub/ ./sub/
ADD a sub/b /added/
FROM busybox AS unused
RUN false
FROM base
COPY --from=base /app/value/sub/b /
COPY --from=busybox /bin/busybox /tool
RUN --mount=from=base,target=/m --mount=type=cache,target=/c,id={unique},uid=1000,mode=0770 cat /m/app/value/a > /mounted; stat -c '%u %a' /c > /cache
RUN --mount=type=bind,rw,target=/s touch /s/new && ls /s > /rw
USER 1000
VOLUME /data
EXPOSE 80/tcp
HEALTHCHECK --interval=5s CMD true
STOPSIGNAL SIGINT
LABEL one=1 two=$NAME
SHELL ["/bin/sh", "-ec"]
RUN echo "$GREETING" > /tmp/greeting
ENTRYPOINT ["sh"]
CMD ["-c", "true"]
`,
		builds: []build{
			{reference: true, ran: all},
			{ran: nothing, same: true},
			{noCache: true, ran: all},
			{reference: true, ran: nothing},
		},
	},
	{
		name: "keys of newer instructions", dockerfile: `
FROM busybox AS base
COPY --chmod=640 a /
COPY <<one <<"two" /docs/
$PATH
one
$PATH
two
RUN <<EOF
set -e
cat /docs/* > /all
EOF
RUN cat <<EOF > /inline
text
EOF
RUN --network=none --mount=type=secret,id=none --mount=type=tmpfs,target=/t,size=1048576 ls /sys/class/net > /net
FROM busybox
COPY --from=0 --link /inline /net /linked/
`,
		builds: []build{
			{reference: true, ran: all},
			{ran: nothing, same: true},
		},
		refuses: map[string]string{olderEngine: "unknown instruction: [$]PATH"}, // its own frontend does not know them
	},
}
