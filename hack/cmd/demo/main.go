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
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/stratabuild/strata/hack/workbench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	bench, err := workbench.Open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := bench.Close(); err == nil {
			err = closeErr
		}
	}()
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
