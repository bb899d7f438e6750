package builders

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// ran checks that these steps ran, and that all others were cached. Each step is
// identified by text that only its name contains.
func ran(t *testing.T, out string, want []string) {
	t.Helper()
	if want == nil {
		return
	}
	ran, cached := scenario.ReadSteps(out)
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
