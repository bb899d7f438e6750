// Package freshness tests each rule of docs/freshness.md on a real BuildKit:
// what ran and what was CACHED is read from the daemon's status stream.
package freshness

import (
	"context"
	"fmt"
	"os"
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
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "freshness:", err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	ctx := context.Background()
	if bench, strata, err = scenario.Open(ctx, "busybox"); err != nil {
		return 1, err
	}
	defer bench.Close()
	if shared, err = bench.Client(ctx); err != nil {
		return 1, err
	}
	defer shared.Close()
	return m.Run(), nil
}
