package builders

import (
	"archive/tar"
	"bytes"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// addGit adds a Git repository. An older daemon rejects the options that it does
// not support.
func (b builder) addGit(t *testing.T) {
	server := scenario.NewGitServer(t)
	repo := server.Repository(t, "repo")
	commit := repo.Commit(scenario.Files{"file": "file\n"})
	url := server.HTTP + repo.Path
	for i, s := range []scene{
		{name: "branch", dockerfile: "ADD " + url + "#main /y\nADD --keep-git-dir=true " + url + "#main /x"},
		{name: "checksum", dockerfile: "ADD --checksum=" + commit + " " + url + "#main /x", lacks: onOlder("source.git.checksum")},
		{name: "query", dockerfile: "ADD " + url + "?ref=main&checksum=" + commit + " /x", lacks: onOlder("source.git.checksum")},
		{name: "no submodule", dockerfile: "ADD " + url + "?submodules=false /x", lacks: onOlder("source.git.skipsubmodules")},
	} {
		t.Run(s.name, func(t *testing.T) {
			s.dockerfile = "FROM busybox\n" + s.dockerfile + "\n"
			s.builds = []build{{holds: scenario.Files{"x/file": "file"}}}
			b.play(t, s, i)
		})
	}
}

// contexts builds from standard input and from a Git URL. buildctl supports
// neither.
func (b builder) contexts(t *testing.T) {
	server := scenario.NewGitServer(t)
	repo := server.Repository(t, "repo")
	p := newProject(t, "FROM busybox\nCOPY sub/b /copied\n")
	p.name(false, "")
	repo.Commit(scenario.Files{"Dockerfile": p.Read("Dockerfile"), "sub/b": "git\n"})
	alone := syntax(scenario.Frontend()) + "FROM busybox\nRUN echo alone > /copied\n"
	for i, from := range []struct{ stdin, context, copied string }{
		{alone, "-", "alone"},
		{"", server.HTTP + repo.Path + "#main", "git"},
	} {
		c := b.clients[i%len(b.clients)]
		if c.buildctl {
			c = b.buildx()
		}
		must(t, c.copies(t, from.stdin, from.context, from.copied))
	}
	b.archive(t, p)
}

// copies builds from the context and checks the copied file.
func (c client) copies(t *testing.T, stdin, context, want string) error {
	t.Helper()
	dest := t.TempDir()
	_, err := c.try(t, stdin, slices.Concat(c.args, []string{"--output=type=local,dest=" + dest, context})...)
	if err == nil {
		scenario.HoldsFiles(t, dest, scenario.Files{"copied": want})
	}
	return err
}

// readOnce matches the error of a build whose context can be read only once.
var readOnce = regexp.MustCompile(`context not found|no http response from session`)

// archive sends an archive as the context. The older daemons let a build read it
// only once, and read it themselves to find the syntax line: no frontend image can
// build it, not even the reference.
func (b builder) archive(t *testing.T, p *project) {
	t.Helper()
	if b.name != olderEngine && b.name != olderBuildKit {
		must(t, b.buildx().copies(t, archived(t, p.Dir), "-", "b"))
		return
	}
	for i, line := range []string{"", syntax(scenario.Frontend()), syntax(scenario.ReferenceImage(t))} {
		p.Write("Dockerfile", line+p.dockerfile)
		for _, c := range b.clients {
			if c.buildctl {
				continue
			}
			err := c.copies(t, archived(t, p.Dir), "-", "b")
			if (err != nil) != (i > 0) || err != nil && !readOnce.MatchString(err.Error()) {
				t.Errorf("%s, with %q: the error is %v", c.name, line, err)
			}
		}
	}
}

func archived(t *testing.T, dir string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	must(t, w.AddFS(os.DirFS(dir)))
	must(t, w.Close())
	return b.String()
}
