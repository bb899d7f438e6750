package scenario

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/containerd/log"

	"github.com/stratabuild/strata/hack/workbench"
)

// world is shared by all tests of one package.
var world struct {
	name     string
	bench    *workbench.Env
	frontend string
	mu       sync.Mutex
	daemon   *workbench.Daemon // from the first use on
}

// Main is the TestMain of a package of scenarios: it opens the workbench, and
// ends the daemon that only this package uses.
func Main(m *testing.M, name string, images ...string) {
	Setup(m, name, func() error { return nil }, images...)
}

// Setup is Main for a package that has to set its own variables first.
func Setup(m *testing.M, name string, setup func() error, images ...string) {
	code, err := run(m, name, setup, images)
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M, name string, setup func() error, images []string) (code int, err error) {
	world.name = name
	// Each export warns that the folder has no fs-verity, which is irrelevant.
	if err := log.SetLevel("error"); err != nil {
		return 1, err
	}
	if world.bench, world.frontend, err = open(context.Background(), images); err != nil {
		return 1, err
	}
	defer world.bench.Close()
	if err := setup(); err != nil {
		return 1, err
	}
	code = m.Run()
	if world.daemon != nil {
		err = world.daemon.Close()
	}
	return code, err
}

// open opens the workbench with the base images that a package needs. It also
// returns the reference of the frontend image under test: Strata built from this
// checkout, or the value of STRATA_FRONTEND.
func open(ctx context.Context, images []string) (_ *workbench.Env, frontend string, err error) {
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

// Env returns the workbench of the tests.
func Env() *workbench.Env { return world.bench }

// Frontend returns the reference of the frontend image under test.
func Frontend() string { return world.frontend }
