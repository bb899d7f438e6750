package sarif

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/fix"
)

func lines(first, last int) (ranges []parser.Range) {
	for n := first; n <= last; n++ {
		ranges = append(ranges, parser.Range{Start: parser.Position{Line: n}, End: parser.Position{Line: n}})
	}
	return ranges
}

// upper rewrites the second line of a text in capitals.
var upper = fix.Fix{Text: "Write B", Edits: []advice.Edit{{
	Range: parser.Range{Start: parser.Position{Line: 2}, End: parser.Position{Line: 2, Character: 2}}, Text: "É",
}}}

func write(t *testing.T, filename, text string, found ...Finding) run {
	t.Helper()
	dt, err := Log(filename, []byte(text), found)
	if err != nil {
		t.Fatal(err)
	}
	var out log
	if err := json.Unmarshal(dt, &out); err != nil {
		t.Fatal(err)
	}
	if out.Version != "2.1.0" || len(out.Runs) != 1 {
		t.Fatalf("%s", dt)
	}
	return out.Runs[0]
}

func TestLog(t *testing.T) {
	warning := diag.Diagnostic{Severity: diag.Warning, Kind: diag.Kind{Code: "Some", Detail: "In general", URL: "https://example.com/some"}, Message: "wrong", Hint: "write B", Range: lines(2, 3), Further: [][]parser.Range{lines(1, 1)}}
	failed := diag.Diagnostic{Severity: diag.Error, Message: "no build"}
	got := write(t, "a b/Dockerfile", "a\né\nc", Finding{Problem: warning, Fix: upper}, Finding{Problem: failed}, Finding{Problem: warning})
	if rules := got.Tool.Driver.Rules; len(rules) != 2 || rules[0] != (rule{"Some", message{"In general"}, warning.Kind.URL, configuration{"warning"}}) || rules[1].ID != "BuildError" {
		t.Errorf("rules %+v", rules)
	}
	if len(got.Results) != 3 {
		t.Fatalf("results %+v", got.Results)
	}
	first, second, third := got.Results[0], got.Results[1], got.Results[2]
	at := physical{artifact{"a%20b/Dockerfile"}, region{StartLine: 2, EndLine: 3}}
	if first.RuleID != "Some" || first.Level != "warning" || first.Message.Text != "wrong (write B)" || first.Locations[0].Physical != at {
		t.Errorf("%+v", first)
	}
	if len(first.Related) != 1 || first.Related[0].Physical.Region.StartLine != 1 {
		t.Errorf("related %+v", first.Related)
	}
	if second.RuleIndex != 1 || second.Level != "error" || second.Locations[0].Physical.Region.StartLine != 1 || len(second.Fixes) > 0 {
		t.Errorf("%+v", second)
	}
	if a, b := first.Fingerprints["line/v1"], third.Fingerprints["line/v1"]; a == b || a == "" {
		t.Errorf("two results have the fingerprints %q and %q", a, b)
	}
	change := first.Fixes[0].Changes[0].Replacements
	if len(change) != 1 || change[0].Deleted != (region{2, 1, 3, 1}) || change[0].Inserted.Text != "É\n" {
		t.Errorf("replacements %+v", change)
	}
}

// A fingerprint stays the same when lines are added above.
func TestFingerprintStays(t *testing.T) {
	at := func(line int, text string) string {
		d := diag.Diagnostic{Severity: diag.Warning, Kind: diag.Kind{Code: "Some"}, Range: lines(line, line)}
		return write(t, "Dockerfile", text, Finding{Problem: d}).Results[0].Fingerprints["line/v1"]
	}
	if a, b := at(1, "x\ny\n"), at(3, "a\nb\n  x\ny\n"); a != b {
		t.Errorf("%s becomes %s", a, b)
	}
	if a, b := at(1, "x\ny\n"), at(2, "x\ny\n"); a == b {
		t.Error("two lines have one fingerprint")
	}
}

// The columns of a line without an end are code points.
func TestColumnsAreCodePoints(t *testing.T) {
	got := write(t, "Dockerfile", "a\né", Finding{Problem: diag.Diagnostic{Severity: diag.Warning, Kind: diag.Kind{Code: "Some"}}, Fix: upper})
	if r := got.Results[0].Fixes[0].Changes[0].Replacements[0].Deleted; r != (region{2, 1, 2, 2}) {
		t.Errorf("%+v", r)
	}
}

func TestFixThatDoesNotFit(t *testing.T) {
	if _, err := Log("Dockerfile", []byte("a"), []Finding{{Fix: upper}}); err == nil || !strings.Contains(err.Error(), "no range") {
		t.Errorf("error %v", err)
	}
}
