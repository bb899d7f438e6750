package builders

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/imagerun"
)

// project is a folder that both frontends build.
type project struct {
	*scenario.Project
	dockerfile string
	unique     string            // what no other project has
	words      *strings.Replacer // in the Dockerfile and in flags
}

// emptyProject makes a folder. The clients tell folders apart by their last name.
func emptyProject(t *testing.T) *project {
	t.Helper()
	p := &project{Project: scenario.New(t, nil), unique: scenario.Unique()}
	p.Dir = filepath.Join(p.Dir, p.unique)
	p.words = strings.NewReplacer("{unique}", p.unique, "{registry}", scenario.Bench().Registry(), "{dir}", p.Dir)
	return p
}

// newProject makes a folder whose steps no other build has.
func newProject(t *testing.T, dockerfile string) *project {
	t.Helper()
	p := emptyProject(t)
	files := scenario.Files{
		"a": p.unique + "\n", "sub/b": "b\n", "sub/deep/c": "c\n", "sub/d.md": "d\n", ".dockerignore": "Dockerfile\n.*\n",
	}
	for name, content := range files {
		p.Write(name, content)
	}
	p.dockerfile = p.words.Replace(strings.TrimPrefix(dockerfile, "\n"))
	return p
}

// name names the frontend in the Dockerfile. The builder's own has no name.
func (p *project) name(reference bool, file string) {
	line := syntax(scenario.Frontend())
	if reference {
		line = ""
	}
	p.Write(cmp.Or(file, "Dockerfile"), line+p.dockerfile)
}

func syntax(ref string) string { return "# syntax=" + ref + "\n" }

// anything is the content of a file that only has to be there.
const anything = "\x00anything"

// holds wants files of these contents, without the newlines at their ends.
func holds(t *testing.T, dir string, files scenario.Files) {
	t.Helper()
	for name, want := range files {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		got := strings.TrimSuffix(string(raw), "\n")
		if os.IsNotExist(err) {
			got, err = scenario.Absent, nil
		}
		if want == anything && len(got) > 0 && got != scenario.Absent {
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s is %q, not %q (%v)", name, got, want, err)
		}
	}
}

// sameFiles wants the same in two folders.
func sameFiles(t *testing.T, got, want string) {
	t.Helper()
	a, err := imagerun.Tree(got)
	must(t, err)
	b, err := imagerun.Tree(want)
	must(t, err)
	for name := range b {
		if a[name] != b[name] {
			t.Errorf("%s is %q, and was %q", name, a[name], b[name])
		}
	}
	if !maps.Equal(a, b) {
		t.Errorf("there are %d files, and were %d", len(a), len(b))
	}
}
