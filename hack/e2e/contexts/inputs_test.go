package contexts

import (
	"testing"

	"github.com/moby/buildkit/client/llb"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// noFolder sends nothing.
func noFolder(b *buildrun.Build) { b.Context = "" }

// filesState is a state of several files.
func filesState(files scenario.Files) llb.State {
	st := llb.Scratch().File(llb.Mkdir("/sub", 0o755))
	for _, name := range []string{"Dockerfile", "dockerfile", "sub/Dockerfile", "file", "sub/file", ".dockerignore"} {
		if content, ok := files[name]; ok {
			st = st.File(llb.Mkfile("/"+name, 0o644, []byte(content)))
		}
	}
	return st
}

// A client can give the main context, and the Dockerfile, as a state of its own.
func TestFrontendInputs(t *testing.T) {
	all := filesState(scenario.Files{"Dockerfile": copyAll, "file": "input\n", "sub/file": "input sub\n", "sub/Dockerfile": copyTo("/sub"), ".dockerignore": "file\n"})
	lower := filesState(scenario.Files{"dockerfile": copyTo("/lower")})
	for _, c := range []struct {
		name    string
		changes []change
		holds   scenario.Files
	}{
		{"context and Dockerfile", []change{noFolder, input("context", all), input("dockerfile", all)}, scenario.Files{"/src/file": "input"}},
		{"two states", []change{noFolder, input("context", all), input("dockerfile", lower)}, scenario.Files{"/lower/file": "input"}},
		{"another Dockerfile", []change{noFolder, input("context", all), input("dockerfile", all), dockerfile("sub/Dockerfile")}, scenario.Files{"/sub/file": "input"}},
		{"a folder of it", []change{noFolder, input("context", all), input("dockerfile", all), scenario.Option("contextsubdir", "sub")}, scenario.Files{"/src/file": "input sub"}},
		{"only the context", []change{input("context", all)}, scenario.Files{"/own/file": "input"}},
		{"only the Dockerfile", []change{input("dockerfile", all)}, scenario.Files{"/src/file": "folder"}},
		{"the client's Dockerfile all the same", []change{
			input("context", all), input("dockerfile", all), scenario.Option("dockerfilekey", "dockerfile"),
		}, scenario.Files{"/own/file": "input"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": copyTo("/own"), "file": "folder\n"})
			p.Same(c.changes...).Holds(c.holds)
		})
	}
}

func TestBadFrontendInputs(t *testing.T) {
	empty := filesState(nil)
	scenario.Isolated(t, nil).SameError("open Dockerfile: no such file or directory", noFolder, input("context", empty), input("dockerfile", empty))
}
