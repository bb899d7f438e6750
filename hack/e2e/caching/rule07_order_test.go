package caching

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// languages are examples with a list of dependencies, an install step and source,
// in the order of their Dockerfiles in the document.
var languages = []struct{ name, example, install, source, comment string }{
	{"python", "python-web", "RUN pip install", "app.py", "#"},
	{"node", "node-app", "RUN npm ci", "server.js", "//"},
	{"go", "go-multistage", "RUN go mod download", "main.go", "//"},
}

func TestTheOrderOfInstructions(t *testing.T) {
	d := scenario.Shared(t) // it has the large base images
	for n, l := range languages {
		t.Run(l.name, func(t *testing.T) {
			p := project(t, n, nil)
			good := p.Read("Dockerfile")
			copyExample(t, l.example, p)
			edit := func() {
				p.Write(l.source, fmt.Sprintf("%s\n%s %v\n", p.Read(l.source), l.comment, time.Now()))
			}
			installs := func(want bool) {
				t.Helper()
				rep, err := p.Try(d) // without an export, as the images are large
				require.NoError(t, err, "%s", rep)
				step, err := rep.Step(l.install)
				require.NoError(t, err)
				if step.Ran() != want || step.Cached == want {
					t.Errorf("the install step has run: %v, but should: %v\n%s", step.Ran(), want, rep)
				}
			}
			p.Write("Dockerfile", good)
			_, err := p.Try(d)
			require.NoError(t, err)
			edit()
			installs(false)

			p.Write("Dockerfile", sourceFirst(t, good, l.install))
			edit()
			installs(true)
			installs(false)
			edit()
			installs(true)
		})
	}
}

// sourceFirst moves the copy of all sources before the install step.
func sourceFirst(t *testing.T, dockerfile, install string) string {
	t.Helper()
	const source = "COPY . .\n"
	without := strings.Replace(dockerfile, source, "", 1)
	before, after, found := strings.Cut(without, install)
	if !found || without == dockerfile {
		t.Fatalf("no %q and %q in\n%s", source, install, dockerfile)
	}
	return before + source + install + after
}

func copyExample(t *testing.T, name string, p *scenario.Project) {
	t.Helper()
	if err := os.Remove(filepath.Join(p.Dir, "Dockerfile")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(p.Dir, os.DirFS(filepath.Join("..", "..", "..", "examples", name))); err != nil {
		t.Fatal(err)
	}
}
