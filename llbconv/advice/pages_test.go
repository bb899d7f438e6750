package advice_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/advice"
)

const pages = "../../docs/checks/"

var (
	codeBlock = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	indexRow  = regexp.MustCompile(`(?m)^\| \[(\w+)\]\((\w+)\.md\) \|.*\| (yes)? ?\|$`)
)

// A page holds the examples of a page of docs/checks.
type page struct {
	before, after checkCase
}

func readPage(t *testing.T, check string) page {
	t.Helper()
	text, err := os.ReadFile(pages + check + ".md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"# " + check + "\n", "\n## The problem\n", "\n## Before\n", "\n## After\n", "\n## When to skip it\n"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s.md has no %q", check, part)
		}
	}
	blocks := map[string][]string{}
	for _, m := range codeBlock.FindAllStringSubmatch(string(text), -1) {
		blocks[m[1]] = append(blocks[m[1]], m[2])
	}
	var files advice.Files
	for _, list := range blocks["text"] {
		files = advice.Files{}
		for line := range strings.Lines(list) {
			name, content, _ := strings.Cut(strings.TrimSpace(line), " ")
			files[name] = content
		}
	}
	before := checkCase{text: blocks["dockerfile"][0], files: files}
	after := before
	if list := blocks["dockerfile"]; len(list) > 1 {
		after.text = list[1]
	}
	for _, patterns := range blocks["gitignore"] {
		after.ignore, after.files = patterns, without(files, strings.Fields(patterns))
	}
	return page{before, after}
}

// without returns the files that an ignore file of plain names does not exclude.
func without(files advice.Files, ignored []string) advice.Files {
	left := advice.Files{}
	for name, content := range files {
		first, _, _ := strings.Cut(name, "/")
		if !slices.Contains(ignored, first) {
			left[name] = content
		}
	}
	return left
}

// Each check has a page. The check has a finding in the first example, and none in
// the second. If there is a fix, it turns the first into the second.
func TestPages(t *testing.T) {
	for _, c := range advice.Checks() {
		p := readPage(t, c.Name)
		found := onlyOf(c.Name, adviceOf(t, p.before.difftest(p.before.text), p.before.files))
		if len(found) == 0 {
			t.Errorf("%s: no finding in the first example", c.Name)
		}
		if left := onlyOf(c.Name, adviceOf(t, p.after.difftest(p.after.text), p.after.files)); len(left) > 0 {
			t.Errorf("%s: %+v in the second example", c.Name, left)
		}
		fixed := string(apply(t, []byte(p.before.text), found))
		if fixed != p.before.text && fixed != p.after.text {
			t.Errorf("%s: the fix gives\n%s\nand the second example is\n%s", c.Name, fixed, p.after.text)
		}
	}
}

// The index lists each check, and says which have a fix.
func TestIndex(t *testing.T) {
	text, err := os.ReadFile(pages + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	fixes := map[string]bool{}
	for _, m := range indexRow.FindAllStringSubmatch(string(text), -1) {
		if m[1] != m[2] {
			t.Errorf("%s links %s", m[1], m[2])
		}
		fixes[m[1]] = m[3] != ""
	}
	for _, c := range advice.Checks() {
		p := readPage(t, c.Name)
		found := onlyOf(c.Name, adviceOf(t, p.before.difftest(p.before.text), p.before.files))
		fix, listed := fixes[c.Name]
		if has := slices.ContainsFunc(found, func(f advice.Finding) bool { return len(f.Edits) > 0 }); !listed || fix != has {
			t.Errorf("%s: listed %v, with a fix %v, want %v", c.Name, listed, fix, has)
		}
	}
	if len(fixes) != len(advice.Checks()) {
		t.Errorf("%d rows for %d checks", len(fixes), len(advice.Checks()))
	}
}
