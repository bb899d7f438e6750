package workbench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
	"github.com/stratabuild/strata/hack/internal/host"
)

// DaemonOptions describe a further private daemon.
type DaemonOptions struct {
	// Version is the BuildKit version, such as "v0.26.3", for which there is a
	// module hack/tools/buildkit-VERSION. Empty is the pinned version.
	Version string
	// OnDisk keeps the files on the disk, like the daemon of a user.
	OnDisk bool
	// Config is added to the end of the daemon's buildkitd.toml.
	Config string
}

// Daemon is a running buildkitd with its own root folder and socket.
type Daemon struct {
	state   state
	dir     string
	temp    string // its temporary files: sockets, and mounts, which a killed daemon leaves behind
	binary  string
	config  string
	scratch *Scratch // the folder of a private daemon
}

// main returns the daemon that every user of a workbench shares.
func (s state) main() *Daemon {
	dir := s.path("daemons", "main")
	sum := sha256.Sum256([]byte(dir)) // because paths of sockets are limited to 107 bytes
	return &Daemon{state: s, dir: dir, temp: filepath.Join(scratchParent, "strata-"+hex.EncodeToString(sum[:8]))}
}

// Addr is the daemon's address, as BUILDKIT_HOST wants it.
func (d *Daemon) Addr() string { return "unix://" + filepath.Join(d.temp, "buildkitd.sock") }

// Dir holds the daemon's log, configuration and root folder.
func (d *Daemon) Dir() string { return d.dir }

// LogFile is where the daemon writes its log.
func (d *Daemon) LogFile() string { return d.service().logFile() }

// Client connects to the daemon.
func (d *Daemon) Client(ctx context.Context) (*client.Client, error) {
	return client.New(ctx, d.Addr())
}

// Close ends a private daemon and removes its files.
func (d *Daemon) Close() error {
	if d.scratch == nil {
		return errors.New("the main daemon is ended by Env.Close")
	}
	return d.scratch.Close()
}

func (d *Daemon) configFile() string { return filepath.Join(d.dir, "buildkitd.toml") }

func (d *Daemon) service() *service {
	return &service{
		name:    "buildkitd",
		dir:     d.dir,
		program: d.binary,
		args:    []string{"--config", d.configFile()},
		env:     []string{"TMPDIR=" + d.temp},
		healthy: d.healthy,
	}
}

// healthy asks for nothing that takes long: to list its workers, the daemon starts a program
// for each platform that the machine might emulate.
func (d *Daemon) healthy(ctx context.Context) error {
	c, err := d.Client(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Info(ctx)
	return err
}

// up starts the daemon. It first ends a daemon that runs with another
// configuration.
func (d *Daemon) up(ctx context.Context) (bool, error) {
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return false, err
	}
	have, _ := os.ReadFile(d.configFile())
	if !bytes.Equal(have, []byte(d.config)) {
		if err := d.down(); err != nil {
			return false, err
		}
		if err := os.WriteFile(d.configFile(), []byte(d.config), 0o644); err != nil {
			return false, err
		}
	} else if len(d.service().pids()) == 0 {
		d.clean()
	}
	if err := os.MkdirAll(d.temp, 0o700); err != nil {
		return false, err
	}
	return d.service().up(ctx)
}

// prepare builds the tools of the daemon and makes its configuration.
func (d *Daemon) prepare(ctx context.Context, registry string, o DaemonOptions) (err error) {
	if d.binary, err = d.state.ensureTool(ctx, buildkitdOf(o.Version)); err != nil {
		return err
	}
	runc, err := host.Program(ctx, "runc", "runc")
	if err != nil {
		return err
	}
	if err := symlink(runc, d.state.bin("buildkit-runc")); err != nil {
		return err
	}
	stamp, err := os.ReadFile(hiddenBeside(d.binary, ".stamp"))
	if err != nil {
		return err
	}
	d.config = d.toml(runc, registry, string(stamp), o)
	return nil
}

// StartDaemon starts a further daemon that only this process uses. It shares only
// the registry and the tools with the main daemon. Close ends it; if this process
// is killed before that, the watcher ends it.
func (b *Env) StartDaemon(ctx context.Context, o DaemonOptions) (*Daemon, error) {
	folder := b.NewScratch
	if o.OnDisk {
		folder = b.newScratch
	}
	scratch, err := folder(ctx, "buildkitd")
	if err != nil {
		return nil, err
	}
	d := &Daemon{state: b.state, dir: scratch.Dir, temp: filepath.Join(scratch.Dir, "tmp"), scratch: scratch}
	if err = d.prepare(ctx, b.registry, o); err == nil {
		_, err = d.up(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// down ends the daemon and removes what it has left behind.
func (d *Daemon) down() error {
	if err := d.service().down(); err != nil {
		return err
	}
	d.clean()
	return nil
}

// clean ends and removes what a killed daemon has left behind.
func (d *Daemon) clean() {
	d.state.cleanLeftovers(d.dir)
	d.state.cleanLeftovers(d.temp)
	_ = os.RemoveAll(d.temp)
}
