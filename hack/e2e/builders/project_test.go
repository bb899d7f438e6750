package builders

import (
	"cmp"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// project is a folder that both frontends build.
type project struct {
	*scenario.Project
	dockerfile string
	unique     string            // a word that no other project has
	words      *strings.Replacer // in the Dockerfile and in flags
}

// emptyProject makes a folder. The clients distinguish folders by their last name.
func emptyProject(t *testing.T) *project {
	t.Helper()
	p := &project{Project: scenario.New(t, nil), unique: scenario.Unique()}
	p.Dir = filepath.Join(p.Dir, p.unique)
	p.words = strings.NewReplacer("{unique}", p.unique, "{registry}", scenario.Env().Registry(), "{dir}", p.Dir)
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

// name names the frontend in the Dockerfile. The daemon's own frontend needs no
// name.
func (p *project) name(reference bool, file string) {
	line := syntax(scenario.Frontend())
	if reference {
		line = ""
	}
	p.Write(cmp.Or(file, "Dockerfile"), line+p.dockerfile)
}

func syntax(ref string) string { return "# syntax=" + ref + "\n" }
