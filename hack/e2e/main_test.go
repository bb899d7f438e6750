// Package e2e tests Strata from outside, like its users: with real clients, a real
// BuildKit, and real containers.
package e2e

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

var (
	bench *workbench.Env
	// strata is the reference of the frontend image under test.
	strata string
)

func TestMain(m *testing.M) {
	setup := func() error {
		bench, strata = scenario.Env(), scenario.Frontend()
		return nil
	}
	scenario.Setup(m, "e2e", setup, "busybox", "debian:bookworm-slim", "python:3.11-slim", "golang:1.26", "node:20-slim")
}
