package builders

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

// dockerd is a private Docker Engine, which tests a frontend on the BuildKit that is
// embedded in it. It has a separate folder for all its files. The workbench's registry
// serves as Docker Hub. The engine has no network for containers: the RUN steps of a
// build, and containers, need the network mode none or host.
type dockerd struct {
	dockerPrograms
	scratch *workbench.Scratch
	cmd     *exec.Cmd
	done    chan struct{} // closed when the process has ended
}

// startDockerd makes or fetches the engine's programs if necessary, and starts it. Close
// ends it, and so does the end of this process.
func startDockerd(ctx context.Context, r dockerRelease) (*dockerd, error) {
	d := &dockerd{done: make(chan struct{})}
	var err error
	if d.dockerPrograms, err = r.programs(ctx); err != nil {
		return nil, err
	}
	if d.scratch, err = scenario.Env().NewScratch(ctx, "docker"); err != nil {
		return nil, err
	}
	if err := d.start(r); err != nil {
		return nil, errors.Join(err, d.scratch.Close())
	}
	if err := host.WaitReady(ctx, 3*time.Minute, d.done, d.ping); err != nil {
		log, _ := os.ReadFile(d.file("dockerd.log"))
		return nil, errors.Join(fmt.Errorf("dockerd: %w\n%s", err, host.LastLines(string(log), 15)), d.Close())
	}
	return d, nil
}

func (d *dockerd) file(name string) string { return filepath.Join(d.scratch.Dir, name) }

// host is the engine's address, as DOCKER_HOST wants it.
func (d *dockerd) host() string { return "unix://" + d.file("docker.sock") }

func (d *dockerd) start(r dockerRelease) error {
	err := host.WriteJSON(d.file("daemon.json"), map[string]any{
		"features": r.features,
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
	d.cmd = isolated(d.program,
		"--host", d.host(),
		"--data-root", d.file("data"), "--exec-root", d.file("exec"), "--pidfile", d.file("dockerd.pid"),
		"--config-file", d.file("daemon.json"), "--init-path", d.init,
		// systemd, which the engine would ask for cgroups, is not in its process namespace.
		"--exec-opt", "native.cgroupdriver=cgroupfs",
		"--bridge=none", "--iptables=false", "--ip6tables=false", "--userland-proxy=false",
		"--insecure-registry", "127.0.0.0/8", "--registry-mirror", "http://"+scenario.Env().Registry(),
	)
	d.cmd.Dir = d.scratch.Dir
	d.cmd.Env = append(os.Environ(), "PATH="+d.path)
	d.cmd.Stdout, d.cmd.Stderr = log, log
	return d.run()
}

func (d *dockerd) ping(ctx context.Context) error {
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.file("docker.sock"))
	}}}
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/_ping", nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	return nil
}

// Close ends the engine and all its processes, and removes its folder.
func (d *dockerd) Close() error {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.done:
	case <-time.After(20 * time.Second):
		_ = d.cmd.Process.Kill()
		<-d.done
	}
	return d.scratch.Close()
}

// Command is a run of the engine's own client, "docker ARGS...", which builds
// with BuildKit.
func (d *dockerd) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, d.docker, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "BUILDX_") || strings.HasPrefix(v, "DOCKER_")
	}), "PATH="+d.path, "DOCKER_HOST="+d.host(), "DOCKER_CONFIG="+d.file("config"), "DOCKER_BUILDKIT=1")
	return cmd
}

// AddPlugin makes a program the command NAME of the client.
func (d *dockerd) AddPlugin(name, program string) error {
	dir := filepath.Join(d.file("config"), "cli-plugins")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Symlink(program, filepath.Join(dir, "docker-"+name)); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// isolated returns a command that runs the program as the first process of a
// process namespace, with separate mounts. When the program ends for any reason,
// the kernel ends all its children and removes its mounts.
func isolated(program string, args ...string) *exec.Cmd {
	const script = `mount --make-rprivate / && mount -t proc proc /proc && exec "$@"`
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh", program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Pdeathsig: syscall.SIGTERM,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
	}
	return cmd
}

// run starts the process. The kernel sends it a signal when the thread that started
// it ends, so run keeps that thread until the process ends.
func (d *dockerd) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(d.done)
		err := d.cmd.Start()
		started <- err
		if err == nil {
			_ = d.cmd.Wait() // its log has the reason
		}
	}()
	return <-started
}
