package engine

import (
	"strings"
	"testing"
)

// TestNewerThanTheEngine has Dockerfiles that the engine's own frontend does
// not know, or that its BuildKit cannot do.
func TestNewerThanTheEngine(t *testing.T) {
	for _, c := range []struct{ step, file, holds, lacks string }{
		{step: "COPY --link sub/b /x", file: "/x", holds: "b"}, // as without --link
		{step: "RUN <<EOF\necho here > /x\nEOF", file: "/x", holds: "here"},
		{step: "COPY <<EOF /x\nhere\nEOF", file: "/x", holds: "here"},
		{step: "RUN --mount=type=cache,target=/c echo c > /c/x && cp /c/x /x", file: "/x", holds: "c"},
		{step: "RUN --mount=type=bind,target=/m,rw cp /m/sub/b /x && touch /m/new", file: "/x", holds: "b"},
		{step: "RUN --device=vendor.com/x echo without > /x", file: "/x", holds: "without"},
		{step: "RUN --no-cache echo run > /x", file: "/x", holds: "run"},
		{step: "ARG --explicit A=1\nRUN --arg=A --cache-key=1 echo $A > /x", file: "/x", holds: "1"},
		{step: "COPY --exclude=*.md sub /x", lacks: "file.copy.includeexcludepatterns"},
		{step: "COPY --parents sub/b /x", lacks: "file.copy.includeexcludepatterns"},
		{step: "COPY --chmod=u+x a /x", lacks: "--chmod=u+x: the builder knows permissions as numbers only"},
		{step: "RUN --device=vendor.com/x,required true", lacks: `the device "vendor.com/x", which is required`},
		{step: "RUN --mount=type=secret,id=s,env=S true", lacks: "exec.secretenv"},
		{step: "RUN --mount=type=tmpfs,target=/t,size=1m true", lacks: "exec.mount.tmpfs.size"},
		{step: "ADD http://127.0.0.1:1/a.git?submodules=false /x", lacks: "source.git.skipsubmodules"},
		{step: "ADD --checksum=0123456789012345678901234567890123456789 http://127.0.0.1:1/a.git /x", lacks: "source.git.checksum"},
		{step: "RUN --security=insecure true", lacks: "security.insecure is not allowed"},
	} {
		t.Run(strings.Fields(c.step)[0]+" "+strings.Fields(c.step)[1], func(t *testing.T) {
			p := project(t, "FROM busybox\n"+c.step+"\n")
			if c.lacks == "" {
				image, _ := built(t, classic, p.Dir)
				if got := inside(t, image, "cat", c.file); got != c.holds {
					t.Errorf("%s is %q, not %q", c.file, got, c.holds)
				}
				return
			}
			for _, client := range clients {
				if out, err := client.build(t, "", p.Dir); err == nil || !strings.Contains(err.Error(), c.lacks) {
					t.Errorf("%s: the error is %v, without %q\n%s", client.name, err, c.lacks, out)
				}
			}
		})
	}
}

// TestBuildxOfToday has a newer buildx ask for what was not there in the days
// of the engine.
func TestBuildxOfToday(t *testing.T) {
	p := project(t, "FROM busybox AS base\nARG X=1\nCOPY a /\n")
	for _, c := range []struct{ flag, says, fails string }{
		{flag: "--call=outline", says: "X           1"},
		{flag: "--call=targets", says: "base (default)"},
		{flag: "--check", says: "Check complete, no warnings found."},
		{flag: "--call=nothing", fails: "(supported: outline, targets, lint, convertllb, subrequests.describe)"},
		{flag: "--build-context=busybox=docker-image://busybox:latest", says: "[context busybox]"},
		{flag: "--build-context=base=" + p.Dir, says: "[context base] load from client"},
		{flag: "--no-cache-filter=base", says: "[2/2] COPY a /"},
		{flag: "--ulimit=nofile=10:10", says: "COPY a /"},
		{flag: "--provenance=true", fails: "Attestation is not supported for the docker driver"},
		{flag: "--platform=linux/amd64,linux/arm64", fails: "Multi-platform build is not supported for the docker driver"},
	} {
		t.Run(c.flag, func(t *testing.T) {
			out, err := buildx.build(t, "", c.flag, p.Dir)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("the error is %v, without %q", err, c.fails)
				}
			} else if err != nil || !strings.Contains(out, c.says) {
				t.Errorf("%v\n%s\nwithout %q", err, out, c.says)
			}
		})
	}
}
