package contexts

import (
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// gitFixture is a repository with a branch, a tag, a folder that can be built
// separately, and a submodule.
type gitFixture struct {
	*scenario.GitServer
	Git          string // git://HOST
	path         string
	main, branch string // commits
}

func newGitFixture(t *testing.T) *gitFixture {
	t.Helper()
	s := scenario.NewGitServer(t)
	module := s.Repository(t, "module")
	module.Commit(scenario.Files{"m": "module\n"})

	r := s.Repository(t, "repo")
	r.Run("submodule", "-q", "add", s.HTTP+"/module.git", "module")
	f := &gitFixture{GitServer: s, Git: serveGitProtocol(t, s.Dir), path: r.Path}
	f.main = r.Commit(scenario.Files{
		"Dockerfile": copyAll, "file": "main\n",
		"sub/Dockerfile": copyAll, "sub/file": "main sub\n",
		"other/small/dockerfile": strings.Replace(copyAll, "/src", "/small", 1),
		".dockerignore":          "file\n",
	})
	r.Run("tag", "v1")
	r.Push("v1")
	r.Run("checkout", "-q", "-b", "feature/x")
	f.branch = r.Commit(scenario.Files{"file": "branch\n", "sub/file": "branch sub\n"})
	return f
}

// serveGitProtocol starts "git daemon" for each connection, as inetd does.
func serveGitProtocol(t *testing.T, dir string) string {
	t.Helper()
	addr := scenario.Serve(t, "tcp", "127.0.0.1:0", func(conn net.Conn) {
		cmd := exec.Command("git", "daemon", "--inetd", "--export-all", "--base-path="+dir)
		cmd.Stdin, cmd.Stdout = conn, conn
		_ = cmd.Run() // the client reports the failure
	})
	return "git://" + addr
}

func TestGitForms(t *testing.T) {
	f := newGitFixture(t)
	repo := f.HTTP + f.path
	for _, c := range []struct {
		name, url string
		file      string // the content of the context's file
		changes   []change
		more      scenario.Files
	}{
		{name: "url", url: repo, file: "main", more: scenario.Files{"/src/.git": scenario.Absent, "/src/module/m": "module"}},
		{name: "git protocol", url: f.Git + f.path, file: "main"},
		{name: "git protocol, all parts", url: f.Git + f.path + "#feature/x:sub", file: "branch sub"},
		{name: "branch", url: repo + "#feature/x", file: "branch"},
		{name: "full branch name", url: repo + "#refs/heads/feature/x", file: "branch"},
		{name: "tag", url: repo + "#v1", file: "main"},
		{name: "full tag name", url: repo + "#refs/tags/v1", file: "main"},
		{name: "commit", url: repo + "#" + f.branch, file: "branch"},
		{name: "folder", url: repo + "#:sub", file: "main sub"},
		{name: "folder with slashes", url: repo + "#:/sub/", file: "main sub"},
		{name: "branch and folder", url: repo + "#feature/x:sub", file: "branch sub"},
		{name: "query ref", url: repo + "?ref=feature/x", file: "branch"},
		{name: "query branch", url: repo + "?branch=feature/x", file: "branch"},
		{name: "query tag", url: repo + "?tag=v1", file: "main"},
		{name: "query folder", url: repo + "?subdir=sub", file: "main sub"},
		{name: "query ref and folder", url: repo + "?ref=v1&subdir=sub", file: "main sub"},
		{name: "query and fragment", url: repo + "?subdir=sub#feature/x", file: "branch sub"},
		{name: "query commit", url: repo + "?branch=feature/x&commit=" + f.branch, file: "branch"},
		{name: "query checksum", url: repo + "?checksum=" + f.main[:12], file: "main"},
		{name: "by commit alone", url: repo + "?fetch-by-commit=true&branch=feature/x&commit=" + f.branch, file: "branch"},
		{name: "commit times", url: repo + "?mtime=commit", file: "main"},
		{name: "no submodules", url: repo + "?submodules=false", file: "main", more: scenario.Files{"/src/module/m": scenario.Absent}},
		{name: "git folder", url: repo + "?keep-git-dir", file: "main", more: gitFolder(f.main)},
		{name: "git folder by value", url: repo + "?keep-git-dir=true#feature/x", file: "branch", more: gitFolder(f.branch)},
		{name: "no git folder", url: repo + "?keep-git-dir=false", file: "main", more: scenario.Files{"/src/.git": scenario.Absent}},
		{name: "git folder by argument", url: repo, file: "main", more: gitFolder(f.main), changes: []change{scenario.Arg("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1")}},
		{name: "contextsubdir", url: repo, file: "main sub", changes: []change{scenario.Option("contextsubdir", "sub")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := scenario.Isolated(t, nil).Same(append(c.changes, from(c.url))...)
			// A remote context's ignore file is not read.
			r.Holds(scenario.Files{"/src/file": c.file})
			r.Holds(c.more)
		})
	}
}

// gitFolder returns the content of the kept .git for the checkout.
func gitFolder(commit string) scenario.Files {
	return scenario.Files{"/src/.git/HEAD": commit}
}

// The Dockerfile of a repository can be in a folder, or sent by the client.
func TestGitDockerfile(t *testing.T) {
	f := newGitFixture(t)
	repo := f.HTTP + f.path
	t.Run("in a folder, in lower case", func(t *testing.T) {
		t.Parallel()
		r := scenario.Isolated(t, nil).Same(from(repo), dockerfile("other/small/Dockerfile"))
		r.Holds(scenario.Files{"/small/file": "main"})
	})
	t.Run("sent by the client", func(t *testing.T) {
		t.Parallel()
		p := scenario.Isolated(t, scenario.Files{"own.Dockerfile": strings.Replace(copyAll, "/src", "/own", 1)})
		r := p.Same(from(repo+"#feature/x"), dockerfile(p.Dir+"/own.Dockerfile"))
		r.Holds(scenario.Files{"/own/file": "branch"})
	})
	t.Run("with the commit's time", func(t *testing.T) {
		t.Parallel()
		r := scenario.Isolated(t, nil).Same(from(repo), scenario.Arg("SOURCE_DATE_EPOCH", "context"))
		if got := r.Image.Config.Created.UTC().Format(time.RFC3339); got != scenario.CommitTime {
			t.Errorf("the image was created at %s, not at the commit's time", got)
		}
	})
}

func TestBadGitContexts(t *testing.T) {
	f := newGitFixture(t)
	repo := f.HTTP + f.path
	for _, c := range []struct{ name, url, reason string }{
		{"no such branch", repo + "#nobranch", "nobranch"},
		{"no such folder", repo + "#:nofolder", "nofolder"},
		{"no such repository", f.HTTP + "/none.git", "none.git"},
		{"other commit", repo + "?branch=main&commit=" + f.branch, f.branch},
		{"unknown query", repo + "?nonsense=1", "unexpected query \"nonsense\""},
		{"two branches", repo + "?branch=a#b", "ref conflicts"},
		{"bad boolean", repo + "?keep-git-dir=maybe", "invalid keep-git-dir value"},
		{"no Dockerfile", repo + "#:module", "Dockerfile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario.Isolated(t, nil).SameError(c.reason, from(c.url))
		})
	}
}
