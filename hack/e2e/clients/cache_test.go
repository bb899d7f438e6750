package clients

import (
	"path/filepath"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// exchange is a kind of cache, with the flags to write and to read it.
type exchange struct{ to, from flags }

func exchanges(t *testing.T) map[string]exchange {
	ref := func(kind string) string {
		return scenario.Env().Registry() + "/clients/" + kind + ":" + scenario.Unique()
	}
	kinds := map[string]exchange{}
	add := func(kind, to, from string, more ...string) {
		both := append([]string{"--export-cache", to}, more...)
		kinds[kind] = exchange{
			to:   flags{append([]string{"--cache-to", to}, more...), both},
			from: flags{[]string{"--cache-from", from}, []string{"--import-cache", from}},
		}
	}
	registry, image, dir := ref("registry"), ref("inline"), filepath.Join(t.TempDir(), "cache")
	add("registry", "type=registry,mode=max,ref="+registry, "type=registry,ref="+registry)
	add("local", "type=local,mode=max,dest="+dir, "type=local,src="+dir)
	add("inline", "type=inline", "type=registry,ref="+image, "--output", "type=image,push=true,name="+image)
	return kinds
}

// TestCacheExchange empties the daemon between two builds: the second client and
// frontend finds only the results that the first has exported.
func TestCacheExchange(t *testing.T) {
	d := scenario.Fresh(t)
	builder := []string{"BUILDKIT_HOST=" + d.Addr(), "BUILDX_BUILDER=", "BUILDX_CONFIG=" + t.TempDir()}
	command{tool: "buildx", env: builder, args: []string{"create", "--use", "--driver", "remote", d.Addr()}}.succeed(t)
	for kind, e := range exchanges(t) {
		t.Run(kind, func(t *testing.T) {
			// An inline cache contains only steps that are in the image.
			p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nARG CASE\nRUN cat /proc/sys/kernel/random/uuid > /random\nRUN cp /random /copy\n"})
			all := ways()
			// From the reference to Strata, and from one client to the other.
			for i, w := range all[:2] {
				other := all[2*i+1]
				unique := arg("CASE", scenario.Unique())
				build := func(w way, f flags) command {
					c := w.build(t, p, unique.and(f))
					c.env = builder
					return c
				}
				d.Prune(t)
				build(w, e.to).succeed(t)
				want := build(w, flags{}).random(t)
				d.Prune(t)
				if got := build(other, e.from).random(t); want == "" || got != want {
					t.Errorf("%s takes %q of what %s wrote, not %q", other.name, got, w.name, want)
				}
			}
		})
	}
}

// random returns the image's file that differs in each run.
func (c command) random(t *testing.T) string {
	t.Helper()
	dest := filepath.Join(t.TempDir(), "layout")
	c.args = append([]string{c.args[0], "--output", "type=oci,tar=false,dest=" + dest}, c.args[1:]...)
	c.succeed(t)
	files := filesOf(t, unpacked(t, dest))
	if files["random"] != files["copy"] {
		t.Errorf("the steps gave %q and %q", files["random"], files["copy"])
	}
	return files["random"]
}
