package workbench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/moby/buildkit/client"
	"github.com/stratabuild/strata/hack/internal/host"
)

// DaemonOptions describe a further private daemon.
type DaemonOptions struct {
	// Name distinguishes the daemons of one process.
	Name string
	// Version is the BuildKit version, such as "v0.26.3", for which there is a
	// module hack/tools/buildkit-VERSION. Empty is the pinned version.
	Version string
	// Config is added to the end of the daemon's buildkitd.toml.
	Config string
}

// Daemon is a running buildkitd with its own root folder and socket.
type Daemon struct {
	state  state
	id     string // the folder's name under daemons
	binary string
	config string
	owner  *host.FileLock // held while this process uses a private daemon
}

// Addr is the daemon's address, as BUILDKIT_HOST wants it.
func (d *Daemon) Addr() string { return "unix://" + d.state.socket(d.id) }

// Dir holds the daemon's log, configuration and root folder.
func (d *Daemon) Dir() string { return d.state.daemon(d.id) }

// LogFile is where the daemon writes its log.
func (d *Daemon) LogFile() string { return d.service().logFile() }

// Client connects to the daemon.
func (d *Daemon) Client(ctx context.Context) (*client.Client, error) {
	return client.New(ctx, d.Addr())
}

// Close ends a private daemon and removes its root folder.
func (d *Daemon) Close() error {
	if d.id == mainDaemon {
		return errors.New("the main daemon is ended by Env.Close")
	}
	err := d.state.endDaemon(d.id, true)
	d.owner.Release()
	return err
}

func (s state) daemonConfig(id string) string { return filepath.Join(s.daemon(id), "buildkitd.toml") }

func (d *Daemon) service() *service {
	return &service{
		name:    "buildkitd",
		dir:     d.Dir(),
		program: d.binary,
		args:    []string{"--config", d.state.daemonConfig(d.id)},
		env:     []string{"TMPDIR=" + d.state.temp(d.id)},
		healthy: d.healthy,
	}
}

func (d *Daemon) healthy(ctx context.Context) error {
	c, err := d.Client(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.ListWorkers(ctx)
	return err
}

// up starts the daemon. It first ends a daemon that runs with another
// configuration.
func (d *Daemon) up(ctx context.Context) (bool, error) {
	if err := os.MkdirAll(d.Dir(), 0o755); err != nil {
		return false, err
	}
	file := d.state.daemonConfig(d.id)
	have, _ := os.ReadFile(file)
	if !bytes.Equal(have, []byte(d.config)) {
		if err := d.state.endDaemon(d.id, false); err != nil {
			return false, err
		}
		if err := os.WriteFile(file, []byte(d.config), 0o644); err != nil {
			return false, err
		}
	}
	if len(d.service().pids()) == 0 {
		// A daemon that was killed leaves containers and mounts behind.
		d.state.cleanDaemon(d.id)
	}
	if err := os.MkdirAll(d.state.temp(d.id), 0o700); err != nil {
		return false, err
	}
	return d.service().up(ctx)
}

// newDaemon prepares a daemon: its tools are built and its configuration made.
func (s state) newDaemon(ctx context.Context, id, registry string, o DaemonOptions) (*Daemon, error) {
	binary, err := s.ensureTool(ctx, buildkitdOf(o.Version))
	if err != nil {
		return nil, err
	}
	runc, err := host.Program(ctx, "runc", "runc")
	if err != nil {
		return nil, err
	}
	if err := symlink(runc, s.bin("buildkit-runc")); err != nil {
		return nil, err
	}
	stamp, err := os.ReadFile(hiddenBeside(binary, ".stamp"))
	if err != nil {
		return nil, err
	}
	config := s.daemonToml(id, runc, registry, string(stamp), o)
	return &Daemon{state: s, id: id, binary: binary, config: config}, nil
}

// ownerLock is the file in the folder of a private daemon that its process locks.
const ownerLock = "owner.lock"

// StartDaemon starts a further daemon that only this process uses. It shares only
// the registry and the tools with the main daemon. Close ends it; if this process
// is killed before that, the watcher ends it.
func (b *Env) StartDaemon(ctx context.Context, o DaemonOptions) (*Daemon, error) {
	id := fmt.Sprintf("%s-%d", o.Name, os.Getpid())
	if err := keepInMemory(b.state.daemon(id)); err != nil {
		return nil, err
	}
	owner, err := host.TryLock(filepath.Join(b.state.daemon(id), ownerLock), syscall.LOCK_EX)
	if err != nil {
		return nil, fmt.Errorf("a daemon named %q is already running: %w", o.Name, err)
	}
	d, err := b.state.newDaemon(ctx, id, b.registry, o)
	if err != nil {
		owner.Release()
		return nil, err
	}
	d.owner = owner
	if err := b.state.ensureWatcher(); err != nil {
		owner.Release()
		return nil, err
	}
	if _, err := d.up(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}
