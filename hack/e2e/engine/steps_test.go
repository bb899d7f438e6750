package engine

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

var (
	stepLine   = regexp.MustCompile(`(?m)^#(\d+) \[(?:\S+ )?\d+/\d+\] (.*)$`)
	cachedLine = regexp.MustCompile(`(?m)^#(\d+) CACHED$`)
)

// steps reads from the client's plain progress which steps ran and which were
// cached, FROM lines left out.
func steps(out string) (ran, cached []string) {
	hit := map[string]bool{}
	for _, m := range cachedLine.FindAllStringSubmatch(out, -1) {
		hit[m[1]] = true
	}
	seen := map[string]bool{}
	for _, m := range stepLine.FindAllStringSubmatch(out, -1) {
		switch {
		case seen[m[1]] || strings.HasPrefix(m[2], "FROM "):
		case hit[m[1]]:
			cached = append(cached, m[2])
		default:
			ran = append(ran, m[2])
		}
		seen[m[1]] = true
	}
	return ran, cached
}

// wantRan wants that as many steps ran, and as many were cached.
func wantRan(t *testing.T, out string, wantRan, wantCached int) {
	t.Helper()
	if ran, cached := steps(out); len(ran) != wantRan || len(cached) != wantCached {
		t.Errorf("%d steps have to run and %d to be cached; ran %q, cached %q\n%s", wantRan, wantCached, ran, cached, out)
	}
}

// project is a folder whose Dockerfile names Strata, and whose steps no other
// build has.
func project(t *testing.T, dockerfile string) *scenario.Project {
	t.Helper()
	return scenario.New(t, scenario.Files{
		"Dockerfile": "# syntax=" + strata + "\n" + dockerfile,
		"a":          scenario.Unique() + "\n", "sub/b": "b\n", "sub/d.md": "d\n",
	})
}

// built builds with the client under a name of its own, which it returns.
func built(t *testing.T, c client, args ...string) (name, out string) {
	t.Helper()
	name = "built-" + scenario.Unique()
	out, err := c.build(t, "", append([]string{"-t", name}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return name, out
}

// inside is what a command prints in a container of the image.
func inside(t *testing.T, image string, command ...string) string {
	t.Helper()
	return run(t, append([]string{"run", "--rm", "--network=none", image}, command...)...)
}
