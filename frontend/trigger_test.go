package frontend_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
	"github.com/stratabuild/strata/llbconv"
)

// A trigger that reads from its own stage sees the filesystem before it. The
// case is not in the corpus, as the reference cannot make its outline.
func TestTriggersReadTheirOwnStage(t *testing.T) {
	own := `{"config":{"OnBuild":["RUN before","COPY --from=build /x /y","RUN --mount=from=build,target=/m --mount=type=cache,from=build,target=/c z"]}}`
	for _, dockerfile := range []string{
		"FROM own AS build\nRUN after\n",
		"FROM own AS build\nRUN after\nFROM scratch\nCOPY --from=build / /\n",
		"FROM scratch AS base\nCOPY a /a\nONBUILD COPY --from=child /a /b\nFROM base AS child\nCOPY c /c\n",
	} {
		c := difftest.Case{Dockerfile: []byte(dockerfile), Options: difftest.Options{
			Images: map[string]difftest.Image{"own": {Config: json.RawMessage(own)}},
		}}
		want, got := reference.Convert(t.Context(), c, nil), strata(t.Context(), difftest.NewGateway(c), nil)
		if diffs, _ := difftest.Differences(c, want, got); len(diffs) > 0 || got.Err != nil {
			t.Errorf("%s\n%v\n%s", dockerfile, got.Err, strings.Join(diffs, "\n"))
		}
		file, _ := llbconv.Parse(c.Dockerfile, nil)
		result, _ := llbconv.Convert(t.Context(), file, llbconv.Sources{Images: difftest.NewGateway(c)}, llbconv.Options{})
		stages := file.Targets().Targets
		if stage := result.Outline().Name; stage != stages[len(stages)-1].Name {
			t.Errorf("%s\nthe outline is of %q", dockerfile, stage)
		}
	}
}
