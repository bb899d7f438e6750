package pages

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedPaths = regexp.MustCompile("`([a-z]+/[a-z/_.-]+)`")
	// namedDeclarations matches one or two names with the file that declares them.
	namedDeclarations = regexp.MustCompile("(?:`(\\w+)` and )?`(\\w+)` in `([a-z/]+\\.go)`")
)

// architecture is the text of docs/architecture.md with single spaces for white space.
func architecture(t *testing.T) string {
	t.Helper()
	return strings.Join(strings.Fields(read(t, filepath.Join(root, "docs", "architecture.md"))), " ")
}

// The files, folders, functions and types that docs/architecture.md names exist.
func TestArchitectureNamesWhatExists(t *testing.T) {
	text := architecture(t)
	for _, match := range namedPaths.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(root, match[1])); err != nil {
			t.Errorf("docs/architecture.md: %v", err)
		}
	}
	declarations := namedDeclarations.FindAllStringSubmatch(text, -1)
	if len(declarations) < 25 {
		t.Errorf("only %d declarations are found in the page", len(declarations))
	}
	for _, match := range declarations {
		declared := declaredIn(t, match[3])
		for _, name := range match[1:3] {
			if name != "" && !declared[name] {
				t.Errorf("docs/architecture.md: %s does not declare %s", match[3], name)
			}
		}
	}
}

func TestArchitectureHasTenQuestions(t *testing.T) {
	_, table, _ := strings.Cut(architecture(t), "## Where is ...?")
	table, _, _ = strings.Cut(table, "## ")
	if n := strings.Count(table, "? |"); n != 10 {
		t.Errorf("%d questions", n)
	}
}

// declaredIn returns the names of the functions, methods and types of a file.
func declaredIn(t *testing.T, file string) map[string]bool {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names[d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok {
					names[s.Name.Name] = true
				}
			}
		}
	}
	return names
}

// llbconv and its tests are built without a frontend: neither Strata's nor the
// packages of BuildKit's.
func TestLibraryNeedsNoFrontend(t *testing.T) {
	command := exec.Command("go", "list", "-deps", "-test", "./llbconv/...")
	command.Dir = root
	list, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(list)) {
		for _, other := range []string{
			"github.com/stratabuild/strata/frontend", "github.com/moby/buildkit/frontend/dockerui",
			"github.com/moby/buildkit/frontend/dockerfile/builder", "github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb",
		} {
			if strings.HasPrefix(name, other) {
				t.Errorf("llbconv or its tests import %s", name)
			}
		}
	}
}

// A pass imports only passes before it.
func TestPassesImportEarlierOnes(t *testing.T) {
	passes := []string{"syntax", "plan", "resolve", "lower"}
	for i, pass := range passes {
		command := exec.Command("go", "list", "-deps", "./llbconv/internal/"+pass)
		command.Dir = root
		list, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, later := range passes[i+1:] {
			if strings.Contains(string(list), "llbconv/internal/"+later+"\n") {
				t.Errorf("%s imports %s", pass, later)
			}
		}
	}
}
