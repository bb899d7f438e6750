package insight

import (
	"strings"
	"testing"
)

// After a build, --call=cache still says why its steps ran, if nothing has changed since.
func TestLastRun(t *testing.T) {
	m := emptyMemory(t)
	with := func(a, b string) build {
		return build{dockerfile: "FROM busybox\nCOPY a .\nRUN make\nCOPY b .\n", files: map[string]string{"a": a, "b": b}}
	}
	dry := func(at int, b build) string {
		r := m.ask(t, Request{ID: "1", Now: hour(at), DryRun: true}, "p", b).Report
		_, table, _ := strings.Cut(Table(r, "Dockerfile"), "\n\n")
		_, last, _ := strings.Cut(table, "\n\n")
		return last
	}
	build := func(at int, b build) { m.ask(t, Request{ID: "1", Now: hour(at)}, "p", b) }
	build(1, with("1", "1"))
	if got := dry(2, with("1", "1")); got != "" {
		t.Errorf("the first build: %q", got)
	}
	build(3, with("2", "2"))
	want := `Why steps ran in that build, compared with the one of 2026-11-28 01:00 UTC:
  a changed (+1 -1 lines): line 2 COPY, so line 3 RUN make and line 4 COPY ran again
  b changed (+1 -1 lines): line 4 COPY ran again
`
	if got := dry(5, with("2", "2")); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := dry(5, with("3", "2")); got != "" {
		t.Errorf("steps run: %q", got)
	}
	if got := dry(5, with("1", "1")); got != "" {
		t.Errorf("back at the first build: %q", got)
	}
}
