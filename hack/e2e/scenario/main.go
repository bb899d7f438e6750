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
	bench    *workbench.Bench
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
	if world.bench, err = workbench.Open(ctx); err != nil {
		return 1, err
	}
	defer world.bench.Close()
	if _, err := world.bench.EnsureImages(ctx, images...); err != nil {
		return 1, err
	}
	if world.frontend, err = frontendUnderTest(ctx); err != nil {
		return 1, err
	}
	if world.daemon, err = world.bench.StartDaemon(ctx, workbench.DaemonOptions{Name: name}); err != nil {
		return 1, err
	}
	code = m.Run()
	return code, world.daemon.Close()
}

// frontendUnderTest is Strata built from this checkout, or what
// STRATA_FRONTEND says.
func frontendUnderTest(ctx context.Context) (string, error) {
	if ref := os.Getenv("STRATA_FRONTEND"); ref != "" {
		return ref, nil
	}
	f, err := world.bench.FrontendImage(ctx)
	return f.Pinned(), err
}

// Bench is the workbench that the tests run on.
func Bench() *workbench.Bench { return world.bench }

// Frontend is the reference of the frontend image under test.
func Frontend() string { return world.frontend }
