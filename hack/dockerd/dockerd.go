// Package dockerd runs private Docker Engines, a current one and an older one, to
// test a frontend on the BuildKit that is embedded in each.
//
// An engine has no network for containers: the RUN steps of a build, and
// containers, need the network mode none or host.
package dockerd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

// Daemon is a running engine. It has a separate folder for all its files. The
// workbench's registry serves as Docker Hub.
type Daemon struct {
	programs
	scratch *workbench.Scratch
	cmd     *exec.Cmd
	done    chan struct{} // closed when the process has ended
}

// Start makes or fetches the engine's programs if necessary, and starts it. Close
// ends it, and so does the end of this process.
func Start(ctx context.Context, b *workbench.Env, e Engine) (*Daemon, error) {
	d := &Daemon{done: make(chan struct{})}
	var err error
	if d.programs, err = e.programs(ctx, b); err != nil {
		return nil, err
	}
	if d.scratch, err = b.NewScratch(ctx, "docker"); err != nil {
		return nil, err
	}
	if err := d.start(e, b.Registry()); err != nil {
		return nil, errors.Join(err, d.scratch.Close())
	}
	if err := host.WaitReady(ctx, time.Minute, d.done, d.ping); err != nil {
		log, _ := os.ReadFile(d.file("dockerd.log"))
		return nil, errors.Join(fmt.Errorf("dockerd: %w\n%s", err, host.LastLines(string(log), 15)), d.Close())
	}
	return d, nil
}

func (d *Daemon) file(name string) string { return filepath.Join(d.scratch.Dir, name) }

// Host is the engine's address, as DOCKER_HOST wants it.
func (d *Daemon) Host() string { return "unix://" + d.file("docker.sock") }

func (d *Daemon) start(e Engine, mirror string) error {
	err := host.WriteJSON(d.file("daemon.json"), map[string]any{
		"features": e.features,
		"builder":  map[string]any{"gc": map[string]any{"enabled": false}}, // it drops everything if the disk is nearly full
	})
	if err != nil {
		return err
	}
	log, err := os.Create(d.file("dockerd.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = isolated(d.dockerd,
		"--host", d.Host(),
		"--data-root", d.file("data"), "--exec-root", d.file("exec"), "--pidfile", d.file("dockerd.pid"),
		"--config-file", d.file("daemon.json"), "--init-path", d.init,
		"--bridge=none", "--iptables=false", "--ip6tables=false", "--userland-proxy=false",
		"--insecure-registry", "127.0.0.0/8", "--registry-mirror", "http://"+mirror,
	)
	d.cmd.Dir = d.scratch.Dir
	d.cmd.Env = append(os.Environ(), "PATH="+d.path)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	return d.run()
}

func (d *Daemon) ping(ctx context.Context) error {
	c := d.HTTP()
	defer c.CloseIdleConnections()
	return host.Get(ctx, c, "http://docker/_ping")
}

// HTTP returns a client of the engine's API, which ignores the host of the URL.
func (d *Daemon) HTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.file("docker.sock"))
	}}}
}

// Close ends the engine and all its processes, and removes its folder.
func (d *Daemon) Close() error {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.done:
	case <-time.After(20 * time.Second):
		_ = d.cmd.Process.Kill()
		<-d.done
	}
	return d.scratch.Close()
}
