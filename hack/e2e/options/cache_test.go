package options

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// staged has a step in each of two stages.
func staged(t *testing.T) *scenario.Project {
	t.Helper()
	p := scenario.New(t, scenario.Files{
		"Dockerfile": "FROM busybox AS one\nARG CASE\nRUN echo $CASE > /one\nFROM busybox AS two\nCOPY --from=one /one /\nRUN cp /one /two\n",
	})
	p.Build.Args = map[string]string{"CASE": scenario.Unique()}
	return p
}

// tryNoCache builds a second time. For the steps of a single stage it only checks
// that they ran: with Strata, the steps that depend on them run too.
func tryNoCache(t *testing.T) {
	for value, of := range map[string]string{"": "] ", "one": "[one "} {
		t.Run("stages "+value, func(t *testing.T) {
			t.Parallel()
			differs(t, func(frontend change, with bool) string {
				p := staged(t)
				p.On(scenario.Shared(t), frontend)
				changes := []change{frontend}
				if with {
					changes = append(changes, scenario.Option("no-cache", value))
				}
				ran := slices.DeleteFunc(p.On(scenario.Shared(t), changes...).Report.Ran(), func(name string) bool { return !strings.Contains(name, of) })
				return strings.ReplaceAll(strings.Join(ran, "\n"), p.Build.Args["CASE"], "CASE")
			})
		})
	}
}

// tryCacheImport reads a cache that an earlier build has written to the registry,
// on a daemon with an empty cache.
func tryCacheImport(from func(ref string) change) func(*testing.T) {
	return func(t *testing.T) {
		p, ref := staged(t), scenario.Env().Registry()+"/options/"+scenario.Unique()
		d := scenario.Fresh(t)
		p.On(d, scenario.Reference, func(b *buildrun.Build) {
			b.CacheTo = []client.CacheOptionsEntry{{Type: "registry", Attrs: map[string]string{"ref": ref, "mode": "max"}}}
		})
		differs(t, func(frontend change, with bool) string {
			d.Prune(t)
			changes := []change{frontend}
			if with {
				changes = append(changes, from(ref))
			}
			cached := p.On(d, changes...).Cached()
			slices.Sort(cached)
			return strings.Join(cached, "\n")
		})
	}
}

// mounting counts its runs in a cache mount. While the shared daemon measures a mount, a
// step gets an empty one, except if it has to wait for the other.
func mounting(t *testing.T) *scenario.Project {
	t.Helper()
	return scenario.New(t, scenario.Files{
		"Dockerfile": "FROM busybox\nARG CASE\nRUN --mount=type=cache,id=" + scenario.Unique() + ",target=/c,sharing=locked echo run >> /c/runs; cp /c/runs /\n",
	})
}

// runs builds again and returns how many runs the cache mount has counted.
func runs(t *testing.T, p *scenario.Project, changes ...change) string {
	t.Helper()
	p.Build.Args = map[string]string{"CASE": scenario.Unique()}
	raw, err := os.ReadFile(p.On(scenario.Shared(t), changes...).Unpack() + "/runs")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func tryCacheMounts(t *testing.T) {
	t.Parallel()
	differs(t, func(frontend change, with bool) string {
		p := mounting(t)
		runs(t, p, frontend)
		changes := []change{frontend}
		if with {
			changes = append(changes, scenario.Option("build-arg:BUILDKIT_CACHE_MOUNT_NS", "other"))
		}
		return runs(t, p, changes...)
	})
}

// tryKeptCacheMounts tests an option that only Strata has.
func tryKeptCacheMounts(t *testing.T) {
	t.Parallel()
	noCache := scenario.Option("no-cache", "")
	for want, changes := range map[string][]change{
		"run\n":      {noCache},
		"run\nrun\n": {noCache, scenario.Option("build-arg:STRATA_CACHE_MOUNTS", "keep")},
	} {
		p := mounting(t)
		runs(t, p)
		if got := runs(t, p, changes...); got != want {
			t.Errorf("the cache mount has seen %q, not %q", got, want)
		}
	}
}
