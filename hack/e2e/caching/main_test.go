// Package caching verifies the rules of docs/caching.md on a real BuildKit, with
// one test function for each rule. Each test builds the Dockerfiles that the
// document shows for its rule.
package caching

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) {
	scenario.Main(m, "caching", "busybox", "python:3.11-slim", "golang:1.26", "node:20-slim")
}
