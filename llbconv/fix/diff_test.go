package fix_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/fix"
)

// texts are two versions of a file.
var texts = map[string][2]string{
	"a line":                    {"a\nb\nc\n", "a\nB\nc\n"},
	"the first and the last":    {"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n", "A\nb\nc\nd\ne\nf\ng\nh\ni\nJ\n"},
	"carriage returns":          {"a\r\nb\r\n\r\nc\r\n", "a\r\nB\r\n\r\nc\r\nd\r\n"},
	"no line end":               {"a\nb", "a\nB"},
	"no line end any more":      {"a\nb\nc\n", "a\nb"},
	"a line end at last":        {"a\nb", "a\nb\nc\n"},
	"more and less":             {"a\nb\nc\nd\n", "x\na\nc\nd\ny\n"},
	"lines like those of diffs": {"-- a\n++ b\n\\ No newline\n", "-- a\n\\ No newline\n+++ c\n"},
	"no UTF-8":                  {"a\n\xff\n", "a\n\xfe\n"},
	"equal blocks after two near edits": {
		"a\n1\n2\n3\n4\nb\n" + strings.Repeat("p\nq\nr\ns\n", 8),
		"A\n1\n2\n3\n4\nB\n" + strings.Repeat("p\nq\nr\ns\n", 5) + "p\nq\nr\nS\n" + strings.Repeat("p\nq\nr\ns\n", 2),
	},
}

// TestGitApply applies a diff with git apply in a repository, in a folder of one,
// and outside any repository.
func TestGitApply(t *testing.T) {
	root := t.TempDir()
	git(t, root, "", "init", "-q")
	for name, text := range texts {
		applyIn(t, name, root, "Dockerfile", text)
	}
	for _, file := range []string{"build/app.Dockerfile", "with blanks/My Dockerfile", "\"quoted\" é"} {
		applyIn(t, "named", filepath.Join(root, "sub"), file, texts["a line"])
	}
	applyIn(t, "no repository", t.TempDir(), "Dockerfile", texts["a line"])
}

func applyIn(t *testing.T, name, dir, file string, text [2]string) {
	t.Helper()
	path := filepath.Join(dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text[0]), 0o644); err != nil {
		t.Fatal(err)
	}
	diff := fix.Diff(file, []byte(text[0]), []byte(text[1]))
	git(t, dir, diff, "apply")
	if got, err := os.ReadFile(path); err != nil || string(got) != text[1] {
		t.Errorf("%s, %s: %q, %v, want %q by\n%s", name, file, got, err, text[1], diff)
	}
}

func git(t *testing.T, dir, input string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %q in %s: %v\n%s\n%s", args, dir, err, out, input)
	}
}

func TestDiffOfNothing(t *testing.T) {
	if got := fix.Diff("Dockerfile", []byte("a\n"), []byte("a\n")); got != "" {
		t.Errorf("%q", got)
	}
}

// The changes between two texts turn the first into the second.
func TestChanges(t *testing.T) {
	for name, text := range texts {
		t.Run(name, func(t *testing.T) { checkChanges(t, []byte(text[0]), []byte(text[1])) })
	}
}
