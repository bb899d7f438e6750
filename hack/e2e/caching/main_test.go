// Package caching proves the rules of docs/caching.md, one test function to a
// rule, on a real BuildKit. Each test builds the Dockerfiles that the document
// shows for its rule.
package caching

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) {
	scenario.Main(m, "caching", "busybox", "python:3.11-slim", "golang:1.26", "node:20-slim")
}
