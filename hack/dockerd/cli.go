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
	cmd := exec.CommandContext(ctx, d.docker, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "BUILDX_") || strings.HasPrefix(v, "DOCKER_")
	}), "PATH="+d.path, "DOCKER_HOST="+d.Host(), "DOCKER_CONFIG="+d.file("config"), "DOCKER_BUILDKIT=1")
	return cmd
}

// AddPlugin makes a program the command NAME of the client.
func (d *Daemon) AddPlugin(name, program string) error {
	dir := filepath.Join(d.file("config"), "cli-plugins")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Symlink(program, filepath.Join(dir, "docker-"+name)); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
