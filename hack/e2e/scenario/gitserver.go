package scenario

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

	"github.com/stretchr/testify/require"
)

// GitServer serves the repositories of a folder with Git's own programs.
type GitServer struct {
	HTTP string // http://HOST
	Dir  string // of the repositories
}

// NewGitServer starts a server without repositories on loopback.
func NewGitServer(t *testing.T) *GitServer {
	t.Helper()
	s := &GitServer{Dir: t.TempDir()}
	git, err := exec.LookPath("git")
	require.NoError(t, err)
	backend := httptest.NewServer(&cgi.Handler{
		Path: git, Args: []string{"http-backend"}, Stderr: io.Discard,
		Env: []string{"GIT_PROJECT_ROOT=" + s.Dir, "GIT_HTTP_EXPORT_ALL=1"},
	})
	t.Cleanup(backend.Close)
	s.HTTP = backend.URL
	return s
}

// Serve serves each connection until the test ends, and returns the address.
func Serve(t *testing.T, network, address string, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen(network, address)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// Repository is a repository of the server, and a checkout of it.
type Repository struct {
	Path string // of its URLs

	t    *testing.T
	work *Project
	bare string
}

// Repository makes a repository without commits.
func (s *GitServer) Repository(t *testing.T, name string) *Repository {
	t.Helper()
	r := &Repository{t: t, work: New(t, nil), Path: "/" + name + ".git", bare: filepath.Join(s.Dir, name+".git")}
	r.Run("init", "-q", "-b", "main", ".")
	r.Run("init", "-q", "--bare", "-b", "main", r.bare)
	return r
}

// Run runs git in the checkout.
func (r *Repository) Run(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = r.work.Dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b",
		"GIT_AUTHOR_DATE="+CommitTime, "GIT_COMMITTER_DATE="+CommitTime)
	out, err := cmd.CombinedOutput()
	require.NoError(r.t, err, "git %q: %s", args, out)
	return strings.TrimSpace(string(out))
}

// CommitTime is the time of all commits.
const CommitTime = "2020-02-03T04:05:06Z"

// Commit commits the files, pushes HEAD, and returns the commit.
func (r *Repository) Commit(files Files) string {
	r.t.Helper()
	for name, content := range files {
		r.work.Write(name, content)
	}
	r.Run("add", "-A")
	r.Run("commit", "-q", "-m", "commit")
	r.Push("HEAD")
	return r.Run("rev-parse", "HEAD")
}

// Push pushes a branch or tag of the checkout.
func (r *Repository) Push(ref string) {
	r.t.Helper()
	r.Run("push", "-q", r.bare, ref)
}
