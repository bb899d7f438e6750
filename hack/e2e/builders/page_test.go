package builders

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/workbench"
)

// TestPage checks that docs/builders.md names the tested releases.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/builders.md")
	must(t, err)
	engine, err := os.ReadFile("../../tools/engine/go.mod")
	must(t, err)
	required := func(module string) string {
		return string(regexp.MustCompile(regexp.QuoteMeta(module) + ` (v\S+)`).FindSubmatch(engine)[1])
	}
	for _, want := range []string{
		"BuildKit " + workbench.LastBuildKit, "BuildKit " + workbench.OlderBuildKit,
		"moby " + required("github.com/moby/moby/v2"), "BuildKit " + required("github.com/moby/buildkit"),
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/builders.md does not name %s", want)
		}
	}
}
