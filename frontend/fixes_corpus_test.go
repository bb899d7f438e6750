//go:build !race

// The race detector sees a part of the corpus only.

package frontend

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// TestFixTheCorpus asks for the fixes of the corpus, and again of what they make.
func TestFixTheCorpus(t *testing.T) {
	cases, err := difftest.LoadCorpus("../llbconv/testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, c := range cases {
		if res, err := ask(t, c, "frontend.fix"); err != nil || len(res.Metadata["result.txt"]) == 0 {
			continue // cases with errors are the business of other tests
		}
		count++
		answer, _ := fixOf(t, c)
		c.Dockerfile = edited(c.Dockerfile, answer.Edits)
		if again, _ := fixOf(t, c); len(again.Edits) > 0 {
			t.Errorf("%s: fixed again: %s", c.Name, again.Diff)
		}
	}
	if count < 40 {
		t.Errorf("only %d cases have something to fix", count)
	}
}

// edited makes edits of whole lines.
func edited(text []byte, edits []fixEdit) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	var out strings.Builder
	next := 0
	for _, e := range edits {
		for ; next < int(e.Range.Start.Line)-1; next++ {
			out.WriteString(lines[next])
		}
		out.WriteString(e.Text)
		next = int(e.Range.End.Line) - 1
		if e.Range.End.Character > 0 {
			next++
		}
	}
	return []byte(out.String() + strings.Join(lines[min(next, len(lines)):], ""))
}
