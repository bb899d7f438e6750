// Package sharing shares build caches between daemons that have only a registry in
// common, or a folder that is copied from one to the other.
package sharing

import (
	"os"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

func TestMain(m *testing.M) { scenario.Main(m, "sharing", "busybox") }

// two returns two daemons with empty caches.
func two(t *testing.T) (one, other *scenario.Daemon) {
	t.Helper()
	return scenario.Fresh(t), scenario.StartDaemon(t, workbench.DaemonOptions{})
}

// project has a builder stage and a final one, with a step after the copy.
func project(t *testing.T) *scenario.Project {
	t.Helper()
	return scenario.New(t, scenario.Files{
		"Dockerfile": `FROM busybox AS builder
WORKDIR /src
COPY source.txt .
RUN tr a-z A-Z < source.txt > compiled
RUN cp compiled linked

FROM busybox
RUN echo base > /base
COPY --from=builder /src/linked /app
COPY conf.txt /
RUN cat /app conf.txt > /all
`,
		"source.txt": "source\n", "conf.txt": "conf\n",
	})
}

// result is the expected content of the project's image.
var result = scenario.Files{"/base": "base", "/app": "SOURCE", "/all": "SOURCE\nconf", "/src/linked": scenario.Absent}

// cache is a kind of cache with the attributes for export and import.
type cache struct {
	kind     string
	to, from map[string]string
}

func (c cache) write(b *buildrun.Build) {
	b.CacheTo = []client.CacheOptionsEntry{{Type: c.kind, Attrs: c.to}}
}

func (c cache) read(b *buildrun.Build) {
	kind := c.kind
	if kind == "inline" {
		kind = "registry" // it is in a pushed image
	}
	b.CacheFrom = []client.CacheOptionsEntry{{Type: kind, Attrs: c.from}}
}

func inRegistry(ref, mode string) cache {
	return cache{"registry", map[string]string{"ref": ref, "mode": mode}, map[string]string{"ref": ref}}
}

func inFolder(dir, mode string) cache {
	return cache{"local", map[string]string{"dest": dir, "mode": mode}, map[string]string{"src": dir}}
}

// name returns a name in the workbench's registry that only this run uses.
func name(t *testing.T) string {
	t.Helper()
	return scenario.Env().Registry() + "/sharing/" + scenario.Unique()
}

func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir() + "/copy"
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}
