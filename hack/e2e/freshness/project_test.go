package freshness

import (
	"context"
	"crypto/rand"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// project is a build context that no other test, and no earlier run of this test,
// has built: its file "token" is different every time.
type project struct {
	t      *testing.T
	dir    string
	client *client.Client
	token  string
	attrs  map[string]string // of every build
}

func newProject(t *testing.T, dockerfile string) *project {
	t.Helper()
	p := &project{t: t, dir: t.TempDir(), client: scenario.Shared(t).Client, token: rand.Text()}
	p.write("token", p.token)
	p.write("Dockerfile", strings.ReplaceAll(dockerfile, "TOKEN", p.token))
	return p
}

// on returns the same project for another daemon.
func (p *project) on(c *client.Client) *project {
	other := *p
	other.client = c
	return &other
}

func (p *project) write(name, content string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// try builds; args are put into b.Args.
func (p *project) try(b buildrun.Build, args map[string]string) (*buildrun.Report, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Minute)
	defer cancel()
	b.Context, b.Frontend = p.dir, scenario.Frontend()
	b.Args = maps.Clone(args)
	if b.Attrs == nil {
		b.Attrs = p.attrs
	}
	scenario.Option("build-arg:STRATA_WHY", "off")(&b)
	scenario.InProcess(&b)
	return buildrun.Run(ctx, p.client, b)
}

// build is a build that must succeed.
func (p *project) build(args map[string]string) *buildrun.Report {
	p.t.Helper()
	return p.buildWith(buildrun.Build{}, args)
}

func (p *project) buildWith(b buildrun.Build, args map[string]string) *buildrun.Report {
	p.t.Helper()
	rep, err := p.try(b, args)
	if err != nil {
		p.t.Fatalf("%v\n%s%s", err, rep, rep.Logs())
	}
	return rep
}

// image builds and opens the image. Its times are fixed, so that the same
// files give the same layers.
func (p *project) image(args map[string]string) (*buildrun.Report, *scenario.Image) {
	p.t.Helper()
	return p.imageWith(buildrun.Build{}, args)
}

func (p *project) imageWith(b buildrun.Build, args map[string]string) (*buildrun.Report, *scenario.Image) {
	p.t.Helper()
	dir := p.t.TempDir()
	export := buildrun.OCILayout(dir).With("rewrite-timestamp", "true")
	args = maps.Clone(args)
	if args == nil {
		args = map[string]string{}
	}
	args["SOURCE_DATE_EPOCH"] = "1700000000"
	b.Exports = []buildrun.Export{export}
	rep := p.buildWith(b, args)
	img, err := scenario.OpenImage(dir)
	if err != nil {
		p.t.Fatal(err)
	}
	return rep, img
}

// expectRan checks which steps ran, by the first words of their lines, and
// that all others were cached.
func expectRan(t *testing.T, rep *buildrun.Report, lines ...string) {
	t.Helper()
	left := slices.Clone(lines)
	for _, s := range rep.Instructions() {
		if strings.HasPrefix(s.Instruction(), "FROM ") {
			continue
		}
		i := slices.IndexFunc(left, func(l string) bool { return strings.HasPrefix(s.Instruction(), l) })
		switch {
		case i >= 0 && s.Ran():
			left = slices.Delete(left, i, i+1)
		case s.Ran():
			t.Errorf("ran, though it should be cached: %s", s)
		case !s.Cached:
			t.Errorf("neither ran nor cached: %s", s)
		}
	}
	if len(left) > 0 {
		t.Errorf("did not run: %q", left)
	}
	if t.Failed() {
		t.Fatalf("the build:\n%s%s", rep, rep.Logs())
	}
}

// logOf returns the output of a step.
func logOf(t *testing.T, rep *buildrun.Report, step string) string {
	t.Helper()
	s, err := rep.Step(step)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(s.Logs)
}

func expectLog(t *testing.T, rep *buildrun.Report, step, want string) {
	t.Helper()
	if got := logOf(t, rep, step); got != want {
		t.Errorf("%s printed %q, not %q", step, got, want)
	}
}
