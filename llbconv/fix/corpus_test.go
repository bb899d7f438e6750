package fix_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/fix"
)

func applied(t *testing.T, text []byte, f fix.Fix) string {
	t.Helper()
	out, err := advice.Apply(text, f.Edits)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// checkSameBuild checks that the fixed text gives the same graph, and no warning
// that has a safe fix.
func checkSameBuild(t testing.TB, c difftest.Case, after []byte) {
	t.Helper()
	was, err := convert(t.Context(), c, c.Dockerfile)
	if err != nil {
		t.Fatal(err)
	}
	is, err := convert(t.Context(), c, after)
	if err != nil {
		t.Fatal(err)
	}
	if err := is.diags.Err(); err != nil {
		t.Fatalf("%s: %v\n%s", c.Name, err, after)
	}
	a, b := was.definition(t), is.definition(t)
	if !slices.EqualFunc(a.Def, b.Def, bytes.Equal) {
		t.Errorf("%s: the graph differs:\n%s", c.Name, difftest.DiffText(difftest.Canonical(a), difftest.Canonical(b)))
	}
	left, err := is.fixes(after)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if !f.Unsafe {
			t.Errorf("%s: %s: %s is left in\n%s", c.Name, f.Code, f.Message, after)
		}
	}
	if a, b := comments(c.Dockerfile), comments(after); !slices.Equal(a, b) {
		t.Errorf("%s: comments %q, were %q", c.Name, b, a)
	}
}

// comments returns the lines of a text that look like comments.
func comments(text []byte) (lines []string) {
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestFixesOfTheCorpus fixes each Dockerfile of the corpus that converts.
func TestFixesOfTheCorpus(t *testing.T) {
	cases, err := difftest.LoadCorpus("../testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, c := range cases {
		was, err := convert(t.Context(), c, c.Dockerfile)
		if err != nil || was.diags.Failed() {
			continue
		}
		if fixes, err := was.fixes(c.Dockerfile); err == nil && len(fixes) == 0 {
			continue
		}
		after, done, err := fixAll(t.Context(), c)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		count += len(done)
		checkSameBuild(t, c, after)
		checkChanges(t, c.Dockerfile, after)
	}
	if count < 50 {
		t.Errorf("only %d fixes were made", count)
	}
}

// checkChanges applies the changes between two texts.
func checkChanges(t *testing.T, before, after []byte) {
	t.Helper()
	lines := bytes.SplitAfter(before, []byte("\n"))
	var out bytes.Buffer
	next := 0
	for _, c := range fix.Changes(before, after) {
		for ; next < c.Range.Start.Line-1; next++ {
			out.Write(lines[next])
		}
		next = c.Range.End.Line - 1
		if c.Range.End.Character > 0 {
			next++
		}
		out.WriteString(c.Text)
	}
	for ; next < len(lines); next++ {
		out.Write(lines[next])
	}
	if !bytes.Equal(out.Bytes(), after) {
		t.Errorf("the changes make\n%q\nnot\n%q", out.Bytes(), after)
	}
}

// FuzzFix fixes any text.
func FuzzFix(f *testing.F) {
	for _, c := range lintCases {
		f.Add([]byte(c.before))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := difftest.Case{Name: "fuzz", Dockerfile: text}
		was, err := convert(t.Context(), c, text)
		if err != nil || was.diags.Failed() {
			t.Skip("no build")
		}
		if _, err := was.result.Marshal(t.Context()); err != nil {
			t.Skip("no graph: text that is not UTF-8")
		}
		after, _, err := fixAll(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		checkSameBuild(t, c, after)
	})
}
