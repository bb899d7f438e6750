package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// examples are the projects of examples/ and how to see that they work.
var examples = []struct {
	dir    string
	prints string   // what the image prints
	ask    []string // a command inside that asks the server
	answer string
}{
	{
		dir: "python-web", answer: "Hello from python-web",
		ask: []string{"python", "-c", "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000/').read())"},
	},
	{dir: "go-multistage", prints: "4 headings, 2 links"},
	{
		dir: "node-app", answer: "A week has 7 days.",
		ask: []string{"node", "-e", "fetch('http://127.0.0.1:3000/').then(r => r.text()).then(console.log)"},
	},
	{
		dir: "static-site", answer: "<title>Field notes: Start here</title>",
		ask: []string{"wget", "-q", "-O", "-", "http://127.0.0.1:8080/"},
	},
}

// TestExamples builds each example with "docker build" and runs it. buildx
// then finds every step in the cache.
func TestExamples(t *testing.T) {
	for _, e := range examples {
		t.Run(e.dir, func(t *testing.T) {
			p := scenario.New(t, nil)
			// The clients tell folders apart by their last name.
			p.Dir = filepath.Join(p.Dir, e.dir)
			if err := os.CopyFS(p.Dir, os.DirFS(filepath.Join("..", "..", "..", "examples", e.dir))); err != nil {
				t.Fatal(err)
			}
			p.Write("Dockerfile", "# syntax="+strata+"\n"+p.Read("Dockerfile"))
			image, out := built(t, classic, p.Dir)
			if ran, _ := steps(out); len(ran) == 0 {
				t.Errorf("nothing ran:\n%s", out)
			}
			_, out = built(t, buildx, p.Dir)
			if ran, cached := steps(out); len(ran) > 0 || len(cached) == 0 {
				t.Errorf("buildx ran %q:\n%s", ran, out)
			}
			if e.ask == nil {
				if got := inside(t, image); !strings.Contains(got, e.prints) {
					t.Errorf("it prints\n%s", got)
				}
				return
			}
			askServer(t, image, e.ask, e.answer)
		})
	}
}

// askServer starts the image and asks until it answers.
func askServer(t *testing.T, image string, ask []string, want string) {
	t.Helper()
	id := run(t, "run", "-d", "--network=none", image)
	defer run(t, "rm", "-f", id)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		got, err := try(t, "", append([]string{"exec", id}, ask...)...)
		if err == nil && strings.Contains(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server answers %q (%v), not %q", got, err, want)
		}
	}
}
