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
	bench    *workbench.Env
	frontend string
	mu       sync.Mutex
	daemon   *workbench.Daemon // from the first use on
}

// Main is the TestMain of a package of scenarios: it opens the workbench, and
// ends the daemon that only this package uses.
func Main(m *testing.M, name string, images ...string) {
	code, err := run(m, images)
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M, images []string) (code int, err error) {
	// Each export warns that the folder has no fs-verity, which is irrelevant.
	if err := log.SetLevel("error"); err != nil {
		return 1, err
	}
	ctx := context.Background()
	if world.bench, err = workbench.Open(ctx); err != nil {
		return 1, err
	}
	defer world.bench.Close()
	if _, err := world.bench.EnsureImages(ctx, images...); err != nil {
		return 1, err
	}
	frontend, err := world.bench.FrontendImage(ctx)
	if err != nil {
		return 1, err
	}
	world.frontend = frontend.Pinned()
	code = m.Run()
	if world.daemon != nil {
		err = world.daemon.Close()
	}
	return code, err
}

// Env returns the workbench of the tests.
func Env() *workbench.Env { return world.bench }

// Frontend returns the reference of the frontend image under test: Strata built
// from this checkout.
func Frontend() string { return world.frontend }
