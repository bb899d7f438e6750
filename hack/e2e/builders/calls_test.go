package builders

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// calls are requests by buildx, and their output.
var calls = []struct{ flag, says, fails string }{
	{flag: "--call=outline", says: "X           1"},
	{flag: "--call=targets", says: "base (default)"},
	{flag: "--call=check", says: "Check complete, no warnings found."},
	{flag: "--check --file={dir}/warned", fails: "WARNING: LegacyKeyValueFormat"},
	{flag: "--call=nothing", fails: "(supported: outline, targets, lint, convertllb, cache, graph, history, fix, sarif, lock, lockcheck, subrequests.describe)"},
}

// flagged is a Dockerfile that shows the effects of buildx's flags.
const flagged = `
FROM busybox AS base
RUN false
FROM busybox AS kept
COPY a /kept
FROM busybox AS again
COPY a /again
RUN ulimit -n > /limit
FROM busybox
COPY --from=base sub/b /
COPY --from=kept /kept /
COPY --from=again /limit /
`

// calls makes the requests, and a build with flags that are newer than the older
// engine.
func (b builder) calls(t *testing.T) {
	p := newProject(t, "FROM busybox AS base\nARG X=1\nCOPY a /\n")
	p.Write("warned", syntax(scenario.Frontend())+"FROM busybox\nENV a b\n")
	for _, c := range calls {
		t.Run(c.flag, func(t *testing.T) {
			out, err := b.buildx().build(t, p, build{}, strings.Fields(c.flag)...)
			if (err != nil) != (c.fails != "") || !strings.Contains(out, c.says+c.fails) {
				t.Errorf("%v\n%s\nwithout %q", err, out, c.says+c.fails)
			}
		})
	}
	t.Run("build", func(t *testing.T) {
		p := newProject(t, flagged)
		again := build{
			ran:   []string{"COPY a /again", "RUN ulimit", "COPY --from=again"},
			holds: scenario.Files{"b": "b", "kept": scenario.Anything, "limit": "500"},
			more: flags{buildx: []string{
				"--build-context=base={dir}", "--build-context=busybox=docker-image://busybox:latest", "--no-cache-filter=again", "--ulimit=nofile=500:500",
			}},
		}
		if b.name == olderEngine {
			again.holds["limit"] = scenario.Anything // its limits are its own
		}
		b.local(t, b.buildx(), p, build{ran: all, more: again.more})
		out, _ := b.local(t, b.buildx(), p, again)
		for _, context := range []string{"[context busybox]", "[context base] load from client"} {
			if !strings.Contains(out, context) {
				t.Errorf("there is no %s:\n%s", context, out)
			}
		}
	})
}
