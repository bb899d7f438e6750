// Command demo shows the effects of Strata on a build. It builds
// examples/python-web with docker/dockerfile, unchanged with Strata, and with its
// source edited, in a bad and in a good order. Then it lists the steps that a build
// would run, and lets a result expire.
//
// All numbers come from the daemon's status stream, which says which steps ran and
// which came from the cache.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

func main() {
	host.Main("demo", func(ctx context.Context) error { return run(ctx, os.Stdout) })
}

func run(ctx context.Context, out io.Writer) (err error) {
	bench, err := workbench.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	if _, err := bench.EnsureImages(ctx, baseImage); err != nil {
		return err
	}
	frontend, err := bench.FrontendImage(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "strata-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "examples", "python-web"))); err != nil {
		return fmt.Errorf("the example (the demo is run in hack/): %w", err)
	}
	client, err := bench.Client(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	d := demo{client: client, frontend: frontend.Pinned(), dir: dir, out: out}
	return d.show(ctx)
}
