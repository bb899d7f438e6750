package caching

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

const document = "../../../docs/caching.md"

var (
	heading    = regexp.MustCompile(`(?m)^## \d+\. (.*)$`)
	dockerfile = regexp.MustCompile("(?s)```dockerfile\n(.*?)```")
	separator  = regexp.MustCompile(`[^A-Za-z0-9]+`)
)

// rules returns the document's rules by the names of their tests, each with its
// Dockerfiles.
func rules(t *testing.T) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	found := map[string][]string{}
	at := heading.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name := testName(text[m[2]:m[3]])
		found[name] = nil
		for _, block := range dockerfile.FindAllStringSubmatch(text[m[1]:end], -1) {
			found[name] = append(found[name], block[1])
		}
	}
	return found
}

// testName converts a title to the name of its test: "ARG and ENV" gives
// TestArgAndEnv.
func testName(title string) string {
	name := "Test"
	for _, word := range separator.Split(title, -1) {
		for i, r := range word {
			if i == 0 {
				name += string(unicode.ToUpper(r))
			} else {
				name += string(unicode.ToLower(r))
			}
		}
	}
	return name
}

// ruleFile matches the files with the tests of rules.
const ruleFile = "rule*_*_test.go"

// TestEachRuleHasATest compares the headings of the document with the test
// functions, both ways.
func TestEachRuleHasATest(t *testing.T) {
	files, err := filepath.Glob(ruleFile)
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
				tested[f.Name.Name] = true
			}
		}
	}
	stated := rules(t)
	if len(stated) < 15 {
		t.Errorf("the document states only %d rules", len(stated))
	}
	for _, name := range slices.Sorted(maps.Keys(stated)) {
		if !tested[name] {
			t.Errorf("the document states a rule that %s would test, but there is none", name)
		}
		if len(stated[name]) == 0 {
			t.Errorf("the rule of %s shows no Dockerfile", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tested)) {
		if _, ok := stated[name]; !ok {
			t.Errorf("%s tests a rule that the document does not state", name)
		}
	}
}

// project returns a project with the n-th Dockerfile, counted from 0, of the tested
// rule in the document.
func project(t *testing.T, n int, files scenario.Files) *scenario.Project {
	t.Helper()
	rule, _, _ := strings.Cut(t.Name(), "/")
	shown := rules(t)[rule]
	if n >= len(shown) {
		t.Fatalf("the document shows only %d Dockerfiles for %s", len(shown), rule)
	}
	p := scenario.New(t, files)
	p.Write("Dockerfile", readers.Replace(shown[n]))
	return p
}
