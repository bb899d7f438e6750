// Package e2e tests Strata from outside, as its users see it: real clients, a
// real BuildKit, real containers.
package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

var (
	bench *workbench.Env
	// strata is the reference of the frontend image under test: Strata built
	// from this checkout, or what STRATA_FRONTEND says.
	strata string
)

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	ctx := context.Background()
	bench, strata, err = scenario.Open(ctx, "busybox", "debian:bookworm-slim", "python:3.11-slim", "golang:1.26", "node:20-slim")
	if err != nil {
		return 1, err
	}
	defer bench.Close()
	return m.Run(), nil
}
