package sharing

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

// server is the daemon that a team shares, with TCP and certificates.
type server struct {
	address string
	scratch *workbench.Scratch
	program string
}

func newServer(t *testing.T) *server {
	t.Helper()
	program, err := scenario.Env().Tool(t.Context(), "buildkitd")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	scratch, err := scenario.Env().NewScratch(t.Context(), "team")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := scratch.Close(); err != nil {
			t.Error(err)
		}
	})
	return &server{l.Addr().String(), scratch, program}
}

// config returns the configuration that the machine of the tests needs in addition
// to the page's flags.
func (s *server) config(t *testing.T) string {
	t.Helper()
	file := filepath.Join(s.scratch.Dir, "buildkitd.toml")
	text := fmt.Sprintf(`root = %q
[otel]
  socketPath = %q
[worker.oci]
  binary = "buildkit-runc"
  networkMode = "host"
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = [%q]
`, filepath.Join(s.scratch.Dir, "root"), filepath.Join(s.scratch.Dir, "otel.sock"), scenario.Env().Registry())
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// start starts the daemon in the reader's folder, which has the certificates.
func (s *server) start(r *reader, flags string) {
	r.t.Helper()
	log, err := os.Create(filepath.Join(s.scratch.Dir, "log"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(s.program, append(strings.Fields(flags), "--config", s.config(r.t))...)
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	r.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	s.wait(r, ended)
}

// wait waits until the daemon answers a client with the certificates.
func (s *server) wait(r *reader, ended <-chan struct{}) {
	r.t.Helper()
	pem := func(name string) string { return filepath.Join(r.dir, name+".pem") }
	for {
		ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
		c, err := client.New(ctx, "tcp://"+s.address,
			client.WithServerConfig("buildkit.example.com", pem("ca")), client.WithCredentials(pem("client"), pem("client-key")))
		if err == nil {
			_, err = c.Info(ctx)
			c.Close()
		}
		cancel()
		if err == nil {
			return
		}
		select {
		case <-ended:
			raw, _ := os.ReadFile(filepath.Join(s.scratch.Dir, "log"))
			r.t.Fatalf("the daemon has ended: %v\n%s", err, raw)
		case <-r.t.Context().Done():
			r.t.Fatal(err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
