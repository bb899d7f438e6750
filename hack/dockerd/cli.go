package dockerd

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Command is a run of the engine's own client, "docker ARGS...", which builds
// with BuildKit.
func (d *Daemon) Command(ctx context.Context, args ...string) *exec.Cmd {
	// The client is unpacked beside the engine.
	client := filepath.Join(filepath.Dir(d.cmd.Path), "..", "bin", "docker")
	cmd := exec.CommandContext(ctx, client, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "BUILDX_") || strings.HasPrefix(v, "DOCKER_")
	}), "PATH="+d.path, "DOCKER_HOST="+d.Host(), "DOCKER_CONFIG="+d.config(), "DOCKER_BUILDKIT=1")
	return cmd
}

// AddPlugin makes a program the command NAME of the client.
func (d *Daemon) AddPlugin(name, program string) error {
	dir := filepath.Join(d.config(), "cli-plugins")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Symlink(program, filepath.Join(dir, "docker-"+name)); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// config is the client's own folder, so that the user's is left alone.
func (d *Daemon) config() string { return filepath.Join(d.dir, "config") }
