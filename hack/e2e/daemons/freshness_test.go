package daemons

import (
	"fmt"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
)

const fresh = `
FROM busybox AS work
COPY a /
RUN --no-cache --mount=type=cache,id=runs,target=/c echo run >> /c/runs; wc -l < /c/runs > /runs; echo same > /same
FROM busybox
ARG --explicit REVISION
COPY --from=work /same /
COPY --no-cache a /anew
RUN env | sort > /env
RUN --cache-ttl=1d date > /daily
RUN --cache-key=$REVISION echo keyed > /keyed
RUN --arg=REVISION echo $REVISION > /revision
`

// TestFreshness has the flags of docs/freshness.md on the older release.
func TestFreshness(t *testing.T) {
	const day, start = 24 * 3600, 1_700_000_000
	at := func(seconds int, revision string) func(*buildrun.Build) {
		return func(b *buildrun.Build) {
			b.Args = map[string]string{"SOURCE_DATE_EPOCH": fmt.Sprint(seconds), "REVISION": revision}
		}
	}
	always := []string{"RUN --no-cache", "COPY --no-cache"}
	onAnew := append([]string{"RUN env", "RUN --cache-ttl", "RUN --cache-key", "RUN --arg"}, always...)
	d := older(t)
	t.Run("inputs", func(t *testing.T) {
		p := project(t, fresh)
		p.On(d, at(start, "1")).RanAll()
		// What lies on a COPY --no-cache runs with it.
		p.On(d, at(start, "1")).Ran(onAnew...)

		p.Edit("COPY --no-cache a /anew", "COPY a /anew")
		first := p.On(d, at(start, "1"))
		first.Ran("RUN --no-cache", "COPY a /anew", "RUN env", "RUN --cache-ttl", "RUN --cache-key", "RUN --arg")
		first.Holds(map[string]string{"/keyed": "keyed", "/revision": "1", "/same": "same"})
		p.On(d, at(start, "1")).Ran("RUN --no-cache")
		next := p.On(d, at(start, "2"))
		next.Ran("RUN --no-cache", "RUN --cache-key", "RUN --arg")
		next.Holds(map[string]string{"/revision": "2"})
		p.On(d, at(start+day, "2")).Ran("RUN --no-cache", "RUN --cache-ttl", "RUN --cache-key", "RUN --arg")
	})
	// The client's --no-cache empties cache mounts unless they are to be kept.
	t.Run("cache mounts", func(t *testing.T) {
		d.Prune(t)
		p := project(t, fresh+"COPY --from=work /runs /runs\n")
		for _, c := range []struct {
			noCache bool
			args    map[string]string
			runs    string
		}{
			{runs: "1"},
			{runs: "2"},
			{noCache: true, args: map[string]string{"STRATA_CACHE_MOUNTS": "keep"}, runs: "3"},
			{noCache: true, runs: "1"},
		} {
			p.On(d, func(b *buildrun.Build) { b.NoCache, b.Args = c.noCache, c.args }).
				Holds(map[string]string{"/runs": c.runs})
		}
	})
}
