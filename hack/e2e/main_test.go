// Package e2e tests Strata from outside, like its users: with real clients, a real
// BuildKit, and real containers.
package e2e

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) {
	scenario.Main(m, "e2e", "busybox", "debian:bookworm-slim", "python:3.11-slim", "golang:1.26", "node:20-slim")
}
