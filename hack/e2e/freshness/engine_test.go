package freshness

import (
	"maps"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/dockerd"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestDockerEngine has the flags on the BuildKit inside Docker Engine 20.10.
func TestDockerEngine(t *testing.T) {
	_, c := scenario.StartEngine(t, bench, dockerd.Older)
	engine := func(t *testing.T, dockerfile string) *project {
		busybox := bench.Registry() + "/library/busybox"
		p := newProject(t, strings.ReplaceAll(dockerfile, "busybox", busybox)).on(c)
		p.attrs = map[string]string{"force-network-mode": "none"}
		return p
	}
	t.Run("no-cache", func(t *testing.T) { noCacheOnEngine(t, engine) })
	t.Run("inputs", func(t *testing.T) { inputsOnEngine(t, engine) })
	t.Run("invisible", func(t *testing.T) { invisibleOnEngine(t, engine) })
}

type newEngineProject func(*testing.T, string) *project

func noCacheOnEngine(t *testing.T, engine newEngineProject) {
	p := engine(t, `
FROM busybox AS work
COPY token /
RUN --no-cache `+counting+`; md5sum </proc/sys/kernel/random/uuid >/when; echo TOKEN >/same
RUN echo after
FROM busybox
COPY --from=work /same /same
RUN echo independent
COPY --no-cache token /fresh
`)
	all := []string{"COPY token", "RUN --no-cache", "RUN echo after", "COPY --from", "RUN echo independent", "COPY --no-cache"}
	rep := p.build(nil)
	expectRan(t, rep, all...)
	expectLog(t, rep, "RUN --no-cache", "1")
	rep = p.build(nil)
	expectRan(t, rep, "RUN --no-cache", "RUN echo after", "COPY --no-cache")
	expectLog(t, rep, "RUN --no-cache", "2")
	for _, c := range []struct {
		args  map[string]string
		count string
	}{{map[string]string{keep: "keep"}, "3"}, {nil, "1"}} {
		rep = p.buildWith(buildrun.Build{NoCache: true}, c.args)
		expectRan(t, rep, all...)
		expectLog(t, rep, "RUN --no-cache", c.count)
	}
}

func inputsOnEngine(t *testing.T, engine newEngineProject) {
	const day, start = 24 * 3600, 1_700_000_000
	p := engine(t, `
FROM busybox
ARG --explicit REVISION
COPY token /
RUN env
RUN --cache-ttl=1d echo daily
RUN --cache-key=$REVISION echo keyed
RUN --arg=REVISION echo $REVISION
`)
	args := func(seconds int, revision string) map[string]string {
		args := maps.Clone(at(seconds))
		args["REVISION"] = revision
		return args
	}
	rep := p.build(args(start, "1"))
	expectRan(t, rep, "COPY token", "RUN env", "RUN --cache-ttl", "RUN --cache-key", "RUN --arg")
	if strings.Contains(logOf(t, rep, "RUN env"), "REVISION") {
		t.Error("a step that does not ask for the arg sees it")
	}
	expectRan(t, p.build(args(start, "1")))
	rep = p.build(args(start, "2"))
	expectRan(t, rep, "RUN --cache-key", "RUN --arg")
	expectLog(t, rep, "RUN --arg", "2")
	expectRan(t, p.build(args(start+day, "2")), "RUN --cache-ttl", "RUN --cache-key", "RUN --arg")
}

func invisibleOnEngine(t *testing.T, engine newEngineProject) {
	p := engine(t, "")
	want := ""
	for _, v := range variants {
		p.write("Dockerfile", "FROM "+bench.Registry()+"/library/busybox\nARG --explicit KEY=value\nARG --explicit NONE\nCOPY token /\n"+v+look+"\n")
		rep := p.build(nil)
		steps := rep.Instructions()
		log := clean(steps[len(steps)-1].Logs)
		if want == "" {
			want = log
		}
		if log != want || len(log) < 1000 {
			t.Errorf("%s sees something else:\n%s", v, difference(want, log))
		}
	}
}
