// Package freshness tests each rule of docs/freshness.md on a real BuildKit. The
// daemon's status stream says which steps ran and which were CACHED.
package freshness

import (
	"context"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

var (
	bench *workbench.Env
	// shared is a client of the workbench's own daemon.
	shared *client.Client
	// strata is the reference of the frontend image under test.
	strata string
)

func TestMain(m *testing.M) {
	setup := func() (err error) {
		bench, strata = scenario.Env(), scenario.Frontend()
		shared, err = bench.Client(context.Background())
		return err
	}
	scenario.Setup(m, "freshness", setup, "busybox")
}
