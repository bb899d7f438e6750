package baseimage

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/stratabuild/strata/hack/internal/host"
)

// nodeRecipes use the Node program that the npm registry carries, so that the
// versions are the ones people use, whatever Node Debian has.
var nodeRecipes = []*recipe{
	nodeRecipe("18.20.8", "10.8.2", "node:18-slim", "node:18", "node:18-bookworm-slim"),
	nodeRecipe("20.20.2", "10.8.2", "node:20-slim", "node:20", "node:20-bookworm-slim"),
	nodeRecipe("22.23.3", "10.9.9", "node:22-slim", "node:22", "node:22-bookworm-slim", "node:lts-slim"),
}

func nodeRecipe(version, npm string, tags ...string) *recipe {
	return &recipe{
		tags:    tags,
		below:   "debian:bookworm-slim",
		version: "1 node " + version + " npm " + npm,
		layers: func(ctx context.Context, s *Store, _ *recipe) ([]*layer, error) {
			l, err := s.onDebian(ctx, "node "+version+" and npm "+npm, func(dir string) error {
				return s.installNode(ctx, dir, version, npm)
			})
			return []*layer{l}, err
		},
		config: func(_ context.Context, c *v1.Config) error {
			c.Env = []string{plainPath, "NODE_VERSION=" + version, "NODE_EXTRA_CA_CERTS=" + caBundle}
			c.Entrypoint, c.Cmd = []string{"docker-entrypoint.sh"}, []string{"node"}
			return nil
		},
	}
}

//go:embed scripts/node-entrypoint.sh
var nodeEntrypoint string

// nodeArch is how npm's package names call this machine's architecture.
func nodeArch() (string, error) {
	switch runtime.GOARCH {
	case "amd64":
		return "x64", nil
	case "arm64":
		return "arm64", nil
	}
	return "", fmt.Errorf("the npm registry has no Node for %s", runtime.GOARCH)
}

func (s *Store) installNode(ctx context.Context, dir, version, npm string) error {
	arch, err := nodeArch()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(s.Dir, "npm-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := s.npmInstall(ctx, tmp, "node-linux-"+arch+"@"+version, "npm@"+npm); err != nil {
		return err
	}
	local := filepath.Join(dir, "usr/local")
	modules := filepath.Join(local, "lib/node_modules")
	if err := os.MkdirAll(modules, 0o755); err != nil {
		return err
	}
	program := filepath.Join(tmp, "node_modules", "node-linux-"+arch, "bin/node")
	for _, argv := range [][]string{
		{"cp", program, filepath.Join(local, "bin/node")},
		{"cp", "-r", filepath.Join(tmp, "node_modules/npm"), modules},
		{"chown", "-R", "0:0", filepath.Join(local, "bin"), modules},
		{"chmod", "755", filepath.Join(local, "bin/node")},
	} {
		if _, err := (host.Command{Argv: argv}).Run(ctx); err != nil {
			return err
		}
	}
	for _, name := range []string{"npm", "npx"} {
		if err := os.Symlink("../lib/node_modules/npm/bin/"+name+"-cli.js", filepath.Join(local, "bin", name)); err != nil {
			return err
		}
	}
	if err := writeFiles(dir, []file{{"usr/local/bin/docker-entrypoint.sh", 0o755, nodeEntrypoint}}); err != nil {
		return err
	}
	return inTree(ctx, dir, "sh", "-c", "ln -sf node /usr/local/bin/nodejs && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node")
}

// npmInstall puts packages from the npm registry into dir/node_modules. It
// takes the machine's npm, or Debian's in a copy of the Debian tree.
func (s *Store) npmInstall(ctx context.Context, dir string, packages ...string) error {
	argv := append([]string{"npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--install-strategy=shallow"}, packages...)
	if _, err := exec.LookPath("npm"); err == nil {
		_, err := host.Command{Argv: append(argv, "--prefix", dir)}.Run(ctx)
		return err
	}
	return s.npmOfDebian(ctx, dir, argv)
}

func (s *Store) npmOfDebian(ctx context.Context, dir string, argv []string) error {
	base, err := s.debianTree(ctx)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(s.Dir, "npmtree-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	root := filepath.Join(tmp, "root")
	if _, err := (host.Command{Argv: []string{"cp", "-a", "--reflink=auto", base, root}}).Run(ctx); err != nil {
		return err
	}
	err = s.Log.During("installing Debian's npm aside, to fetch Node with", func() error {
		return aptInstall(ctx, root, "npm", "ca-certificates")
	})
	if err != nil {
		return err
	}
	if err := addCertificates(root); err != nil {
		return err
	}
	env := []string{"env", "NODE_EXTRA_CA_CERTS=" + caBundle}
	if err := inTree(ctx, root, append(append(env, argv...), "--prefix", "/out")...); err != nil {
		return err
	}
	return os.Rename(filepath.Join(root, "out/node_modules"), filepath.Join(dir, "node_modules"))
}
