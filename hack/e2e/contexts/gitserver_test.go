package contexts

import (
	"io"
	"net"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// gitServer serves the repositories of a folder with Git's own programs.
type gitServer struct {
	dir  string
	http string // http://HOST
	git  string // git://HOST
}

func newGitServer(t *testing.T) *gitServer {
	t.Helper()
	s := &gitServer{dir: t.TempDir()}
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	backend := httptest.NewServer(&cgi.Handler{
		Path: git, Args: []string{"http-backend"}, Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + s.dir, "GIT_HTTP_EXPORT_ALL=1"},
	})
	t.Cleanup(backend.Close)
	s.http = backend.URL
	s.git = serveGitProtocol(t, git, s.dir)
	return s
}

// serveGitProtocol starts "git daemon" for each connection, as inetd does.
func serveGitProtocol(t *testing.T, git, dir string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				cmd := exec.Command(git, "daemon", "--inetd", "--export-all", "--base-path="+dir)
				cmd.Stdin, cmd.Stdout = conn, conn
				_ = cmd.Run() // the client sees that it failed
			}()
		}
	}()
	return "git://" + l.Addr().String()
}

// repository is a repository that the server serves, and a checkout of it.
type repository struct {
	t    *testing.T
	work *scenario.Project
	path string // of its URLs
	git  string // the repository's folder
}

func (s *gitServer) repository(t *testing.T, name string) *repository {
	t.Helper()
	r := &repository{t: t, work: scenario.New(t, nil), path: "/" + name + ".git", git: filepath.Join(s.dir, name+".git")}
	r.run("init", "-q", "-b", "main", ".")
	r.run("init", "-q", "--bare", "-b", "main", r.git)
	return r
}

// run runs git in the checkout.
func (r *repository) run(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = r.work.Dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
		"GIT_AUTHOR_DATE="+commitTime, "GIT_COMMITTER_DATE="+commitTime)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commitTime is when all commits are made.
const commitTime = "2020-02-03T04:05:06Z"

// commit commits the files, pushes what HEAD is, and returns the commit.
func (r *repository) commit(files scenario.Files) string {
	r.t.Helper()
	for name, content := range files {
		r.work.Write(name, content)
	}
	r.run("add", "-A")
	r.run("commit", "-q", "-m", "commit")
	r.run("push", "-q", r.git, "HEAD")
	return r.run("rev-parse", "HEAD")
}
