package builders

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

var (
	stepLine   = regexp.MustCompile(`(?m)^#(\d+) \[(?:[^\]]+ )?\d+/\d+\] (.*)$`)
	cachedLine = regexp.MustCompile(`(?m)^#(\d+) (?:CACHED$|extracting sha256:)`)
)

// steps reads from the client's plain progress which steps ran and which were
// cached; steps from a registry cache are extracted. It omits FROM lines, and steps
// that only put a linked layer on top of another.
func steps(out string) (ran, cached []string) {
	hit := map[string]bool{}
	for _, m := range cachedLine.FindAllStringSubmatch(out, -1) {
		hit[m[1]] = true
	}
	seen := map[string]bool{}
	for _, m := range stepLine.FindAllStringSubmatch(out, -1) {
		switch {
		case seen[m[1]] || strings.HasPrefix(m[2], "FROM ") || strings.HasPrefix(m[2], "LINK "):
		case hit[m[1]]:
			cached = append(cached, m[2])
		default:
			ran = append(ran, m[2])
		}
		seen[m[1]] = true
	}
	return ran, cached
}

// ran checks that these steps ran, and that all others were cached. Each step is
// identified by text that only its name contains.
func ran(t *testing.T, out string, want []string) {
	t.Helper()
	if want == nil {
		return
	}
	ran, cached := steps(out)
	var problems []string
	switch {
	case len(ran)+len(cached) == 0:
		problems = []string{"there are no steps"}
	case len(want) > 0 && &want[0] == &all[0]:
		for _, step := range cached {
			problems = append(problems, "cached, but should have run: "+step)
		}
	default:
		problems = scenario.Match("run", want, ran)
	}
	if len(problems) > 0 {
		t.Errorf("%s\n%s", strings.Join(problems, "\n"), out)
	}
}
