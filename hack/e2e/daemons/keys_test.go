package daemons

import (
	"path/filepath"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// plain are Dockerfiles that the frontend inside each release can build.
var plain = map[string]string{
	"steps": `
FROM busybox
ARG NAME=value
ENV GREETING="hello $NAME"
WORKDIR /app/$NAME
COPY a .
COPY --chown=1000:1000 --chmod=640 sub/ ./sub/
RUN echo "$GREETING" > greeting && ls -ln sub > list
ADD a sub/b /added/
USER 1000
VOLUME /data
EXPOSE 80/tcp
HEALTHCHECK --interval=5s CMD true
STOPSIGNAL SIGINT
LABEL one=1 two=$NAME
SHELL ["/bin/sh", "-ec"]
RUN id > /tmp/id
ENTRYPOINT ["sh"]
CMD ["-c", "true"]
`,
	"stages": `
FROM busybox AS base
RUN echo base > /base
FROM base AS one
COPY sub /sub
RUN cat /sub/b /base > /one
FROM busybox AS unused
RUN false
FROM base
COPY --from=one /one /
COPY --from=0 --link /base /linked
COPY --from=busybox /bin/busybox /tool
RUN --mount=from=one,target=/m cat /m/one > /mounted
`,
	"mounts": `
FROM busybox
RUN --mount=type=cache,target=/c,id=daemons,uid=1000,mode=0770 stat -c '%u %a' /c > /cache
RUN --mount=type=bind,source=sub,target=/s ls /s > /list
RUN --mount=type=bind,rw,target=/s touch /s/new && ls /s > /rw
RUN --mount=type=tmpfs,target=/t,size=1048576 touch /t/x
RUN --mount=type=secret,id=none cat /run/secrets/none > /secret 2>/dev/null || true
RUN --network=none ls /sys/class/net > /net
`,
	"here-documents": `
FROM busybox
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
`,
}

// TestSameKeys has each release's own frontend run the steps. Strata makes the
// same files of them and finds every step in the cache, and on
// the older one the other way round as well.
func TestSameKeys(t *testing.T) {
	onEach(t, func(t *testing.T, d daemon) {
		for name, dockerfile := range plain {
			t.Run(name, func(t *testing.T) { sameKeys(t, d, project(t, dockerfile)) })
		}
		t.Run("static-site", func(t *testing.T) {
			p := project(t, "")
			dir, err := filepath.Abs("../../../examples/static-site")
			if err != nil {
				t.Fatal(err)
			}
			p.Dir = dir
			sameKeys(t, d, p)
		})
	})
}

func sameKeys(t *testing.T, d daemon, p *scenario.Project) {
	t.Helper()
	fresh := func(b *buildrun.Build) { b.NoCache = true }
	theirs := p.On(d.Daemon, reference, fresh)
	theirs.RanAll()
	ours := p.On(d.Daemon)
	ours.Ran()
	ours.SameContent(theirs)
	if !d.old {
		ours.SameImage(theirs)
		return
	}
	p.On(d.Daemon, fresh).RanAll()
	p.On(d.Daemon, reference).Ran()
}
