// Package dockerd runs a private Docker Engine of an older day, Debian's
// docker.io, to try a frontend on the BuildKit that is embedded in it.
//
// The engine has no network for containers: a build's RUN needs the network
// mode none or host.
package dockerd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

// Options say how to start an engine.
type Options struct {
	// Log gets the progress lines; nil is standard error.
	Log io.Writer
	// Mirror is the registry that stands for Docker Hub, such as
	// 127.0.0.1:5000. Empty is none.
	Mirror string
}

// Daemon is a running engine. It has a folder of its own for everything, and
// takes registries on loopback as plain HTTP.
type Daemon struct {
	dir  string
	path string // the PATH on which it finds what it starts
	cmd  *exec.Cmd
	done chan struct{}
	err  error // of the process, when done is closed
}

// Start fetches Debian's packages if need be, without installing them, and
// starts the engine. Close ends it; so does the end of this process.
func Start(ctx context.Context, o Options) (*Daemon, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("a Docker Engine has to be run as root")
	}
	binary, path, err := programs(ctx, host.NewLogger(o.Log))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "strata-dockerd-")
	if err != nil {
		return nil, err
	}
	d := &Daemon{dir: dir, path: path, done: make(chan struct{})}
	if err := d.start(binary, o.Mirror); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := d.waitReady(ctx); err != nil {
		log, _ := os.ReadFile(d.LogFile())
		return nil, errors.Join(fmt.Errorf("dockerd: %w\n%s", err, host.LastLines(string(log), 15)), d.Close())
	}
	return d, nil
}

// programs finds dockerd, and the PATH on which it finds what it starts.
func programs(ctx context.Context, log host.Logger) (dockerd, path string, err error) {
	root, err := workbench.DefaultRoot()
	if err != nil {
		return "", "", err
	}
	runc, err := log.Program(ctx, "runc", "runc")
	if err != nil {
		return "", "", err
	}
	dirs := []string{filepath.Dir(runc)}
	for _, pkg := range []string{"docker.io", "containerd"} {
		dir, err := log.UnpackDeb(ctx, filepath.Join(root, "debs"), pkg)
		if err != nil {
			return "", "", err
		}
		dirs = append(dirs, filepath.Join(dir, "usr", "sbin"), filepath.Join(dir, "usr", "bin"))
	}
	path = strings.Join(append(dirs, os.Getenv("PATH")), string(os.PathListSeparator))
	return filepath.Join(root, "debs", "docker.io", "usr", "sbin", "dockerd"), path, nil
}

func (d *Daemon) socket() string { return filepath.Join(d.dir, "docker.sock") }

// Host is the engine's address, as DOCKER_HOST wants it.
func (d *Daemon) Host() string { return "unix://" + d.socket() }

// LogFile is where the engine writes its log.
func (d *Daemon) LogFile() string { return filepath.Join(d.dir, "dockerd.log") }

func (d *Daemon) start(binary, mirror string) error {
	log, err := os.Create(d.LogFile())
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = exec.Command(binary,
		"--host", d.Host(),
		"--data-root", filepath.Join(d.dir, "data"),
		"--exec-root", filepath.Join(d.dir, "exec"),
		"--pidfile", filepath.Join(d.dir, "dockerd.pid"),
		"--config-file", filepath.Join(d.dir, "daemon.json"),
		"--bridge=none", "--iptables=false", "--ip6tables=false",
		"--insecure-registry", "127.0.0.0/8",
	)
	if mirror != "" {
		d.cmd.Args = append(d.cmd.Args, "--registry-mirror", "http://"+mirror)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "daemon.json"), []byte("{}"), 0o644); err != nil {
		return err
	}
	d.cmd.Dir = d.dir
	d.cmd.Env = append(os.Environ(), "PATH="+d.path)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	return d.run()
}

func (d *Daemon) waitReady(ctx context.Context) error {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.socket())
	}}
	defer transport.CloseIdleConnections()
	for deadline := time.Now().Add(time.Minute); ; {
		err := ping(ctx, transport)
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no answer after a minute: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.done:
			return fmt.Errorf("it ended at once: %w", d.err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func ping(ctx context.Context, transport http.RoundTripper) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/_ping", nil)
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// Close ends the engine and what it started, and removes its folder.
func (d *Daemon) Close() error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		_ = d.cmd.Process.Signal(signal)
		select {
		case <-d.done:
			return errors.Join(d.cleanUp(), os.RemoveAll(d.dir))
		case <-time.After(20 * time.Second):
		}
	}
	return fmt.Errorf("dockerd (process %d) does not end, not even by SIGKILL", d.cmd.Process.Pid)
}
