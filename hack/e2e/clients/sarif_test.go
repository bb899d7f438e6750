package clients

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// schema is the schema of SARIF 2.1.0 from SchemaStore.
const schema = "testdata/sarif-2.1.0-rtm.5.json"

// sarifLog has the fields that the test checks.
type sarifLog struct {
	Runs []struct {
		Results []sarifResult
	}
}

type sarifResult struct {
	RuleID    string
	Level     string
	Locations []struct {
		PhysicalLocation struct {
			Region struct{ StartLine int }
		}
	}
}

func (r sarifResult) String() string {
	return fmt.Sprint(r.Level, " ", r.RuleID, " ", r.Locations[0].PhysicalLocation.Region.StartLine)
}

// TestSARIF checks the output of buildx against the schema.
func TestSARIF(t *testing.T) {
	valid, err := jsonschema.NewCompiler().Compile(schema)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dockerfile string
		rules      []string // the level, the rule and the line of each result
	}{
		"clean":   {"FROM busybox\n", nil},
		"skipped": {"# check=skip=all\nFROM busybox AS A\n", nil},
		"many": {
			"# café\nFROM busybox as Work\nWORKDIR app\nENV a b\nCMD run\nRUN apt-get update\nRUN apt-get install -y curl\n",
			[]string{"warning StageNameCasing 2", "warning FromAsCasing 2", "warning WorkdirRelativePath 3", "warning LegacyKeyValueFormat 4", "warning JSONArgsRecommended 5", "note UpdateAlone 6"},
		},
		"no build": {"FROM busybox\nENV a b\nRUNN a\nCOPY --from=\n", []string{"error BuildError 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := scenario.New(t, scenario.Files{"Dockerfile": c.dockerfile})
			out := ask(t, p, scenario.Frontend(), "--call=sarif").out
			instance, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if err := valid.Validate(instance); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			checkResults(t, out, c.rules)
		})
	}
}

func checkResults(t *testing.T, out string, want []string) {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(out), &log); err != nil || len(log.Runs) != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, text := range want {
		if !slices.ContainsFunc(log.Runs[0].Results, func(r sarifResult) bool { return r.String() == text }) {
			t.Errorf("no result %s:\n%s", text, out)
		}
	}
	if want == nil && len(log.Runs[0].Results) > 0 {
		t.Errorf("results of nothing:\n%s", out)
	}
}
