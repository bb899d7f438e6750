package freshness

import (
	"strconv"
	"testing"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

func at(seconds int) map[string]string {
	return map[string]string{"SOURCE_DATE_EPOCH": strconv.Itoa(seconds)}
}

// TestTTLByTheClock builds for some seconds and checks that no result is
// reused for longer than the TTL, and that it is reused within it.
func TestTTLByTheClock(t *testing.T) {
	const ttl = 4 * time.Second
	p := newProject(t, "FROM busybox\nCOPY token /\nRUN --cache-ttl=4s date >/built\nRUN echo after\n")
	var last time.Time // the last run was not later than this
	runs, reused := 0, 0
	for start := time.Now(); runs < 2 || reused < 1; time.Sleep(200 * time.Millisecond) {
		rep := p.build(nil)
		step, err := rep.Step("RUN --cache-ttl=4s")
		if err != nil {
			t.Fatal(err)
		}
		if step.Ran() {
			runs++
			last = rep.Started.Add(rep.Took)
		} else {
			reused++
			if age := rep.Started.Sub(last); age > ttl {
				t.Fatalf("a result of %s was reused", age)
			}
		}
		if time.Since(start) > time.Minute {
			t.Fatalf("%d runs, %d times cached in %s", runs, reused, time.Since(start))
		}
	}
}

func TestTTLBySourceDateEpoch(t *testing.T) {
	const day, start = 24 * 3600, 1_700_000_000
	p := newProject(t, "FROM busybox\nCOPY token /\nRUN echo before\nRUN --cache-ttl=1d echo daily\nRUN echo after\n")
	expectRan(t, p.build(at(start)), "COPY token", "RUN echo before", "RUN --cache-ttl=1d", "RUN echo after")
	expectRan(t, p.build(at(start)))
	expectRan(t, p.build(at(start+day)), "RUN --cache-ttl=1d", "RUN echo after")
	expectRan(t, p.build(at(start+day)))
	// The result of the first period is still there.
	expectRan(t, p.build(at(start)))
}

// TestTTLVariable takes the TTL from a build arg, and uses a here-document.
func TestTTLVariable(t *testing.T) {
	const start = 1_700_000_000
	p := newProject(t, "FROM busybox\nARG TTL=1h\nCOPY token /\nRUN --cache-ttl=${TTL} <<EOF\necho hourly\nEOF\n")
	p.build(at(start))
	expectRan(t, p.build(at(start+3600)), "RUN --cache-ttl=${TTL}")
	rep, err := p.try(buildrun.Build{}, map[string]string{"TTL": "0s"})
	expectError(t, rep, err, `--cache-ttl=0s has to be more than zero \(--no-cache`)
}

// TestTwoBuilders has two daemons that share only a registry cache.
func TestTwoBuilders(t *testing.T) {
	one, other := scenario.StartDaemon(t, workbench.DaemonOptions{}).Client, scenario.StartDaemon(t, workbench.DaemonOptions{}).Client
	t.Run("by SOURCE_DATE_EPOCH", func(t *testing.T) { twoBuildersByEpoch(t, one, other) })
	t.Run("by the clock", func(t *testing.T) { twoBuildersByTheClock(t, one, other) })
}

// registryCache is a cache that only the builds of the project use.
func registryCache(p *project) []client.CacheOptionsEntry {
	return []client.CacheOptionsEntry{{Type: "registry", Attrs: map[string]string{
		"ref": scenario.Env().Registry() + "/freshness/cache:" + lower(p.token), "mode": "max",
	}}}
}

func twoBuildersByEpoch(t *testing.T, first, second *client.Client) {
	const week, start = 7 * 24 * 3600, 1_700_000_000
	p := newProject(t, `
FROM busybox
ARG --explicit REVISION
COPY token /
RUN --cache-ttl=1w echo weekly
RUN --cache-ttl=520w echo every ten years
RUN --cache-key=$REVISION echo keyed
RUN --no-cache echo every time
`)
	one, two, cache := p.on(first), p.on(second), registryCache(p)
	args := at(start)
	args["REVISION"] = "1"
	all := []string{"COPY token", "RUN --cache-ttl=1w", "RUN --cache-ttl=520w", "RUN --cache-key", "RUN --no-cache"}
	expectRan(t, one.buildWith(buildrun.Build{CacheTo: cache}, args), all...)
	expectRan(t, two.buildWith(buildrun.Build{CacheFrom: cache}, args), "RUN --no-cache")
	args["REVISION"] = "2"
	expectRan(t, two.buildWith(buildrun.Build{CacheFrom: cache}, args), "RUN --cache-key", "RUN --no-cache")
	later := at(start + week)
	later["REVISION"] = "2"
	expectRan(t, two.buildWith(buildrun.Build{CacheFrom: cache, CacheTo: cache}, later), all[1:]...)
	expectRan(t, one.buildWith(buildrun.Build{CacheFrom: cache}, later), "RUN --no-cache")
}

// twoBuildersByTheClock does not set SOURCE_DATE_EPOCH. The TTL is so long that a
// boundary between the two builds is unlikely.
func twoBuildersByTheClock(t *testing.T, first, second *client.Client) {
	p := newProject(t, "FROM busybox\nCOPY token /\nRUN --cache-ttl=5200w echo once\n")
	cache := registryCache(p)
	expectRan(t, p.on(first).buildWith(buildrun.Build{CacheTo: cache}, nil), "COPY token", "RUN --cache-ttl")
	expectRan(t, p.on(second).buildWith(buildrun.Build{CacheFrom: cache}, nil))
}
