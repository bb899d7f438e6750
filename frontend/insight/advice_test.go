package insight

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/advice"
)

// Advice follows the table. It is also in the JSON of an answer, as an empty list
// if there is none. The report of a build has no such field.
func TestAdvice(t *testing.T) {
	at := []parser.Range{{Start: parser.Position{Line: 3}}}
	r := Report{Advice: NewAdvice([]advice.Finding{
		{Code: "UpdateAlone", Message: "stale\x1b lists", Hint: "join the steps", Range: at, Edits: []advice.Edit{{}}},
		{Code: "StaleFetch", Message: "old", Range: at},
	}, nil)}
	text := Table(r, "Dockerfile")
	want := "\n\nAdvice:\n  Dockerfile:3  UpdateAlone: stale\uFFFD lists\n      join the steps\n  Dockerfile:3  StaleFetch: old\n"
	if !strings.HasSuffix(text, want) {
		t.Errorf("%q, want %q at its end", text, want)
	}
	for _, c := range []struct {
		report Report
		want   string
	}{
		{r, `"advice":[{"check":"UpdateAlone","line":3,"message":"stale\u001b lists","hint":"join the steps","url":"https://github.com/stratabuild/strata/blob/main/docs/checks/UpdateAlone.md","fixable":true},{"check":"StaleFetch",`},
		{Report{Advice: NewAdvice(nil, nil)}, `"advice":[]`},
	} {
		if dt, err := c.report.JSON(MaxJSON); err != nil || !strings.Contains(string(dt), c.want) {
			t.Errorf("%s, %v, want %s in it", dt, err, c.want)
		}
	}
	if dt, err := (Report{}).JSON(MaxJSON); err != nil || strings.Contains(string(dt), "advice") {
		t.Errorf("%s, %v", dt, err)
	}
	if text := Table(Report{}, "Dockerfile"); strings.Contains(text, "Advice") {
		t.Errorf("%s", text)
	}
}
