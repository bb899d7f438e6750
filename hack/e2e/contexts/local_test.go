package contexts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// copyTo is copyAll into another folder, which shows which Dockerfile was read.
func copyTo(dir string) string { return strings.Replace(copyAll, "/src", dir, 1) }

func TestDockerfileNames(t *testing.T) {
	for _, c := range []struct {
		name    string
		files   scenario.Files
		changes []change
		holds   scenario.Files
	}{
		{
			name:  "Dockerfile",
			files: scenario.Files{"Dockerfile": copyAll},
			holds: scenario.Files{"/src/file": "local"},
		},
		{
			name:  "in lower case",
			files: scenario.Files{"dockerfile": copyTo("/lower")},
			holds: scenario.Files{"/lower/file": "local"},
		},
		{
			name:  "in lower case, with ignore files",
			files: scenario.Files{"dockerfile": copyTo("/lower"), "dockerfile.dockerignore": "file\n", "Dockerfile.dockerignore": "dockerfile\n"},
			holds: scenario.Files{"/lower/file": "local", "/lower/dockerfile": scenario.Absent},
		},
		{
			name:  "in both cases",
			files: scenario.Files{"Dockerfile": copyAll, "dockerfile": copyTo("/lower")},
			holds: scenario.Files{"/src/file": "local"},
		},
		{
			name:    "another name",
			files:   scenario.Files{"Dockerfile": copyAll, "app.Dockerfile": copyTo("/app")},
			changes: []change{dockerfile("app.Dockerfile")},
			holds:   scenario.Files{"/app/file": "local"},
		},
		{
			name:    "in a folder, in lower case",
			files:   scenario.Files{"Dockerfile": copyAll, "build/dockerfile": copyTo("/build")},
			changes: []change{dockerfile("build/Dockerfile")},
			holds:   scenario.Files{"/build/file": "local"},
		},
		{
			name:    "a path below the Dockerfile's folder",
			files:   scenario.Files{"Dockerfile": copyAll, "build/dockerfile": copyTo("/build")},
			changes: []change{scenario.Option("filename", "build/Dockerfile")},
			holds:   scenario.Files{"/build/file": "local"},
		},
		{
			name:  "not in the context",
			files: scenario.Files{"Dockerfile": copyAll, ".dockerignore": "Dockerfile\n.dockerignore\n"},
			holds: scenario.Files{"/src/file": "local", "/src/Dockerfile": scenario.Absent},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, c.files)
			p.Write("file", "local\n")
			p.Same(c.changes...).Holds(c.holds)
		})
	}
}

// The Dockerfile, and the ignore file next to it, are outside the context.
func TestDockerfileOutsideTheContext(t *testing.T) {
	outside := scenario.New(t, scenario.Files{"own": copyTo("/own"), "own.dockerignore": "a\n"})
	p := scenario.Isolated(t, scenario.Files{"Dockerfile": copyAll, ".dockerignore": "b\n", "a": "a\n", "b": "b\n"})
	r := p.Same(dockerfile(filepath.Join(outside.Dir, "own")))
	r.Holds(scenario.Files{"/own/a": scenario.Absent, "/own/b": "b"})
}

func TestNoDockerfile(t *testing.T) {
	scenario.Isolated(t, scenario.Files{"file": "x\n"}).SameError("open Dockerfile: no such file or directory")
	scenario.Isolated(t, scenario.Files{"Dockerfile": copyAll}).SameError("open other: no such file or directory", dockerfile("other"))
}

// ignoring are the files for the tests of ignore files.
var ignoring = []string{"keep", "a.log", "b.log", "dir/c.log", "dir/keep", "dir/deep/d.log", "with space", "#hash"}

func TestIgnoreFiles(t *testing.T) {
	for _, c := range []struct {
		name    string
		ignores scenario.Files
		gone    []string
	}{
		{name: "none"},
		{name: "empty", ignores: scenario.Files{".dockerignore": ""}},
		{name: "of the context", ignores: scenario.Files{".dockerignore": "*.log\n"}, gone: []string{"a.log", "b.log"}},
		{
			name:    "of the Dockerfile goes first",
			ignores: scenario.Files{"Dockerfile.dockerignore": "keep\n", ".dockerignore": "*.log\n"}, gone: []string{"keep"},
		},
		{
			name:    "of another Dockerfile",
			ignores: scenario.Files{"other.dockerignore": "keep\n", ".dockerignore": "a.log\n"}, gone: []string{"a.log"},
		},
		{
			name:    "an empty one of the Dockerfile",
			ignores: scenario.Files{"Dockerfile.dockerignore": "", ".dockerignore": "*.log\n"},
		},
		{name: "negated", ignores: scenario.Files{".dockerignore": "*.log\n!b.log\n"}, gone: []string{"a.log"}},
		{name: "the last line decides", ignores: scenario.Files{".dockerignore": "*.log\n!b.log\nb.*\n"}, gone: []string{"a.log", "b.log"}},
		{
			name:    "all but one in a folder",
			ignores: scenario.Files{".dockerignore": "**\n!dir/keep\n"},
			gone:    []string{"keep", "a.log", "b.log", "dir/c.log", "dir/deep/d.log", "with space", "#hash"},
		},
		{name: "at any depth", ignores: scenario.Files{".dockerignore": "**/*.log\n"}, gone: []string{"a.log", "b.log", "dir/c.log", "dir/deep/d.log"}},
		{name: "a folder", ignores: scenario.Files{".dockerignore": "dir/\n"}, gone: []string{"dir/c.log", "dir/keep", "dir/deep/d.log"}},
		{name: "from the top", ignores: scenario.Files{".dockerignore": "/keep\n./a.log\n"}, gone: []string{"keep", "a.log"}},
		{name: "a path that climbs", ignores: scenario.Files{".dockerignore": "dir/../keep\n"}, gone: []string{"keep"}},
		{
			name:    "comments, spaces and byte order mark",
			ignores: scenario.Files{".dockerignore": "\ufeffkeep\n#hash\n\n  a.log  \r\nwith space\n"}, gone: []string{"keep", "a.log", "with space"},
		},
		{name: "a class and an escape", ignores: scenario.Files{".dockerignore": "[a-b].log\n\\#hash\n"}, gone: []string{"a.log", "b.log", "#hash"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, c.ignores)
			p.Write("Dockerfile", copyAll)
			holds := scenario.Files{}
			for _, name := range ignoring {
				p.Write(name, name)
				holds["/src/"+name] = name
			}
			for _, name := range c.gone {
				holds["/src/"+name] = scenario.Absent
			}
			p.Same().Holds(holds)
		})
	}
}

// A context can be a link to a folder, and it can be empty.
func TestOddFolders(t *testing.T) {
	t.Run("link", func(t *testing.T) {
		p := scenario.Isolated(t, scenario.Files{"Dockerfile": copyAll, "file": "linked\n"})
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(p.Dir, link); err != nil {
			t.Fatal(err)
		}
		p.Same(from(link)).Holds(scenario.Files{"/src/file": "linked"})
	})
	t.Run("empty", func(t *testing.T) {
		p := scenario.Isolated(t, scenario.Files{"Dockerfile": copyAll})
		p.Same(from(t.TempDir()), dockerfile(filepath.Join(p.Dir, "Dockerfile"))).Holds(scenario.Files{"/src/Dockerfile": scenario.Absent})
	})
}
