package options

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// readers are the parts of BuildKit that read the options of a build.
var readers = []string{
	"frontend/dockerui", "frontend/dockerfile/builder", "frontend/dockerfile/dockerfile2llb", "frontend/attestations",
}

// scanBuildKit finds the options that BuildKit's source reads.
func scanBuildKit(t *testing.T) map[string]bool {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/moby/buildkit").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, reader := range readers {
		src := newSource(t, filepath.Join(strings.TrimSpace(string(dir)), reader))
		for _, f := range src.files {
			ast.Inspect(f, func(n ast.Node) bool {
				for _, name := range src.reads(n) {
					found[name] = true
				}
				return true
			})
		}
	}
	return found
}

// source is a package's syntax and its constant strings.
type source struct {
	files  []*ast.File
	consts map[string]string
	sets   map[ast.Expr]bool // expressions that are assigned to
}

func newSource(t *testing.T, dir string) *source {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: no source (%v)", dir, err)
	}
	s := &source{consts: map[string]string{}, sets: map[ast.Expr]bool{}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.files = append(s.files, f)
		ast.Inspect(f, s.note)
	}
	return s
}

// note records constants and the first values of variables, and which expressions
// are set and not read.
func (s *source) note(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ValueSpec:
		for i, v := range n.Values {
			if text, ok := s.text(v); ok {
				s.consts[n.Names[i].Name] = text
			}
		}
	case *ast.AssignStmt:
		for i, e := range n.Lhs {
			s.sets[e] = true
			if text, ok := s.text(n.Rhs[min(i, len(n.Rhs)-1)]); ok && n.Tok == token.DEFINE {
				s.consts[nameOf(e)] = text // keys are put together before they are read
			}
		}
	}
	return true
}

// reads returns the options that a piece of code reads.
func (s *source) reads(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.IndexExpr:
		if key, ok := s.text(n.Index); ok && strings.EqualFold(nameOf(n.X), "opts") && !s.sets[n] {
			return []string{key}
		}
	case *ast.CallExpr:
		return s.readByCall(nameOf(n.Fun), n.Args)
	case *ast.BasicLit:
		if text, _ := s.text(n); strings.HasPrefix(text, "BUILDKIT_") && !strings.HasSuffix(text, "_") {
			return []string{"build-arg:" + text}
		}
	}
	return nil
}

// readByCall knows the functions that read options with a prefix, or a build
// argument.
func (s *source) readByCall(name string, args []ast.Expr) (found []string) {
	for _, a := range args {
		text, ok := s.text(a)
		switch {
		case !ok:
		case name == "getBuildArgValue":
			found = append(found, "build-arg:"+text)
		case name == "EqualFold" && strings.HasSuffix(text, "_proxy"):
			found = append(found, "build-arg:"+strings.ToUpper(text))
		case (name == "filter" || name == "CutPrefix") && (strings.HasSuffix(text, ":") || strings.HasSuffix(text, "_")):
			found = append(found, text+"NAME")
		}
	}
	return found
}

// text returns the value of an expression. NAME replaces a part at its end that is
// not constant.
func (s *source) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		text, ok := s.consts[e.Name]
		return text, ok
	case *ast.BinaryExpr:
		prefix, ok := s.text(e.X)
		rest, constant := s.text(e.Y)
		if !constant {
			rest = "NAME"
		}
		return prefix + rest, ok
	}
	return "", false
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
