// Package e2e tests Strata from outside, as its users see it: real clients, a
// real BuildKit, real containers.
package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stratabuild/strata/hack/workbench"
)

var (
	bench *workbench.Bench
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
	if bench, err = workbench.Open(ctx); err != nil {
		return 1, err
	}
	defer bench.Close()
	if _, err := bench.EnsureImages(ctx, "busybox", "python:3.11-slim", "golang:1.26", "node:20-slim"); err != nil {
		return 1, err
	}
	if strata, err = frontendUnderTest(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func frontendUnderTest(ctx context.Context) (string, error) {
	if ref := os.Getenv("STRATA_FRONTEND"); ref != "" {
		return ref, nil
	}
	f, err := bench.FrontendImage(ctx)
	return f.Pinned(), err
}
