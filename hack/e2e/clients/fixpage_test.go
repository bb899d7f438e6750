package clients

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/itchyny/gojq"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestFixesPage follows the instructions of docs/fixes.md. A diff is the output of
// the command before it.
func TestFixesPage(t *testing.T) {
	scenario.Publish(t, "stratabuild/strata:1")
	r := newReader(t)
	var said, original string
	done := map[string]int{}
	for _, b := range scenario.Blocks(t, "../../../docs/fixes.md") {
		done[b.Language]++
		switch b.Language {
		case "dockerfile":
			original = b.Text
			r.project.Write("Dockerfile", original)
		case "sh":
			said = r.run(t, b.Text)
		case "diff":
			if strings.TrimSpace(said) != strings.TrimSpace(b.Text) {
				t.Errorf("printed is\n%s\nnot\n%s", said, b.Text)
			}
		case "yaml":
			r.runBuilds(t, b.Text)
		case "jq":
			fixed := r.project.Read("Dockerfile")
			r.project.Write("Dockerfile", original) // which has findings
			r.run(t, "docker buildx build --call=sarif . > dockerfile.sarif")
			checkQuality(t, b.Text, r.project.Read("dockerfile.sarif"))
			r.project.Write("Dockerfile", fixed)
		default:
			t.Errorf("nobody knows what to do with a block of %s", b.Language)
		}
	}
	if done["sh"] < 5 || done["diff"] < 1 || done["yaml"] < 3 || done["jq"] < 1 {
		t.Errorf("the page has only %v", done)
	}
}

// runBuilds runs the builds in the configuration of another program.
func (r reader) runBuilds(t *testing.T, config string) {
	t.Helper()
	builds := 0
	for line := range strings.Lines(config) {
		if _, build, ok := strings.Cut(line, "docker buildx"); ok {
			r.run(t, "docker buildx"+build)
			builds++
		}
	}
	if builds == 0 {
		t.Errorf("no build in\n%s", config)
	}
}

// checkQuality converts a log to GitLab's report, which must have a finding.
func checkQuality(t *testing.T, filter, log string) {
	t.Helper()
	query, err := gojq.Parse(filter)
	if err != nil {
		t.Fatal(err)
	}
	var input any
	if err := json.Unmarshal([]byte(log), &input); err != nil {
		t.Fatal(err)
	}
	result, _ := query.Run(input).Next()
	out, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	var report []struct {
		Description, Fingerprint, Severity string
		Check                              string `json:"check_name"`
		Location                           struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil || len(report) == 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, e := range report {
		if e.Description == "" || e.Check == "" || e.Fingerprint == "" || e.Severity == "" || e.Location.Path != "Dockerfile" || e.Location.Lines.Begin == 0 {
			t.Errorf("%s", out)
		}
	}
}
