package baseimage

import (
	"context"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

var pythonRecipe = &recipe{
	tags:    []string{"python:3.11-slim", "python:3.11-slim-bookworm", "python:3.11", "python:3-slim", "python:slim"},
	below:   "debian:bookworm-slim",
	version: "1",
	layers: func(ctx context.Context, s *Store, _ *recipe) ([]*layer, error) {
		l, err := s.onDebian(ctx, "apt-get install python3 python3-pip", func(dir string) error {
			return installPython(ctx, dir)
		})
		return []*layer{l}, err
	},
	config: func(_ context.Context, c *v1.Config) error {
		c.Env = []string{plainPath, "LANG=C.UTF-8", "PYTHON_VERSION=3.11.2"}
		c.Cmd = []string{"python3"}
		return nil
	},
}

func installPython(ctx context.Context, dir string) error {
	if err := aptInstall(ctx, dir, "python3", "python3-pip", "python3-venv", "python3-wheel", "ca-certificates"); err != nil {
		return err
	}
	// Debian keeps pip from installing beside its packages; the real image does not.
	if err := removeAll(filepath.Join(dir, "usr/lib/python3*/EXTERNALLY-MANAGED")); err != nil {
		return err
	}
	for _, name := range []string{"python", "python3"} {
		if err := os.Symlink("/usr/bin/python3", filepath.Join(dir, "usr/local/bin", name)); err != nil {
			return err
		}
	}
	return nil
}
