package baseimage

import (
	"archive/tar"
	"context"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/stratabuild/strata/hack/internal/host"
)

const golangPath = "PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

var golangRecipe = &recipe{
	tags:    []string{"golang:1.26", "golang:1.26-bookworm", "golang:1", "golang:latest"},
	below:   "debian:bookworm-slim",
	version: "1",
	extra:   goVersion,
	layers: func(ctx context.Context, s *Store, _ *recipe) ([]*layer, error) {
		packages, err := s.onDebian(ctx, "apt-get install git ca-certificates", func(dir string) error {
			return aptInstall(ctx, dir, "git", "ca-certificates")
		})
		if err != nil {
			return nil, err
		}
		toolchain, err := s.goToolchain(ctx)
		return []*layer{packages, toolchain}, err
	},
	config: golangConfig,
}

var golangAlpineRecipe = &recipe{
	tags:    []string{"golang:1.26-alpine", "golang:alpine"},
	below:   "alpine:latest",
	version: "1",
	extra:   goVersion,
	layers: func(ctx context.Context, s *Store, _ *recipe) ([]*layer, error) {
		toolchain, err := s.goToolchain(ctx)
		return []*layer{toolchain}, err
	},
	config: golangConfig,
}

func golangConfig(ctx context.Context, c *v1.Config) error {
	version, err := goVersion(ctx)
	if err != nil {
		return err
	}
	c.Env = []string{golangPath, "GOLANG_VERSION=" + version, "GOTOOLCHAIN=local", "GOPATH=/go"}
	c.Cmd, c.WorkingDir = []string{"bash"}, "/go"
	return nil
}

func goEnv(ctx context.Context, name string) (string, error) {
	return host.Command{Dir: "/", Env: []string{"GOFLAGS="}, Argv: []string{"go", "env", name}}.Run(ctx)
}

// goVersion is the version of the machine's Go, such as "1.26.8".
func goVersion(ctx context.Context) (string, error) {
	v, err := goEnv(ctx, "GOVERSION")
	return strings.TrimPrefix(v, "go"), err
}

// goToolchain is a layer with the machine's Go at /usr/local/go.
func (s *Store) goToolchain(ctx context.Context) (*layer, error) {
	root, err := goEnv(ctx, "GOROOT")
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(s.Dir, "go-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	for _, d := range []string{"go/src", "go/bin"} {
		if err := os.MkdirAll(filepath.Join(tmp, d), 0o777); err != nil {
			return nil, err
		}
	}
	// Distributions spread Go over several folders that are linked together.
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return nil, err
	}
	return s.newLayer("the machine's Go at /usr/local/go", func(tw *tar.Writer) error {
		if err := (&tree{dir: tmp, asRoot: true}).write(tw); err != nil {
			return err
		}
		return (&tree{dir: root, prefix: "usr/local/go", asRoot: true, skip: under("test/", "test", "pkg/obj/")}).write(tw)
	})
}
