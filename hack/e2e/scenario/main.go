package scenario

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/containerd/log"

	"github.com/stratabuild/strata/hack/workbench"
)

// world is what all tests of one package share.
var world struct {
	bench    *workbench.Env
	frontend string
	daemon   *workbench.Daemon
}

// Main is the TestMain of a package of scenarios: it opens the workbench, and
// starts a daemon that only this package uses.
func Main(m *testing.M, name string, images ...string) {
	code, err := run(m, name, images)
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M, name string, images []string) (code int, err error) {
	ctx := context.Background()
	// Each export warns that the folder has no fs-verity, which nobody needs.
	if err := log.SetLevel("error"); err != nil {
		return 1, err
	}
	if world.bench, world.frontend, err = Open(ctx, images...); err != nil {
		return 1, err
	}
	defer world.bench.Close()
	if world.daemon, err = world.bench.StartDaemon(ctx, workbench.DaemonOptions{Name: name}); err != nil {
		return 1, err
	}
	code = m.Run()
	return code, world.daemon.Close()
}

// Open opens the workbench with the base images that a package needs. It
// returns the reference of the frontend image under test as well: Strata built
// from this checkout, or what STRATA_FRONTEND says.
func Open(ctx context.Context, images ...string) (_ *workbench.Env, frontend string, err error) {
	bench, err := workbench.Open(ctx)
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil {
			bench.Close()
		}
	}()
	if _, err := bench.EnsureImages(ctx, images...); err != nil {
		return nil, "", err
	}
	if ref := os.Getenv("STRATA_FRONTEND"); ref != "" {
		return bench, ref, nil
	}
	f, err := bench.FrontendImage(ctx)
	return bench, f.Pinned(), err
}

// Env is the workbench that the tests run on.
func Env() *workbench.Env { return world.bench }

// Frontend is the reference of the frontend image under test.
func Frontend() string { return world.frontend }
