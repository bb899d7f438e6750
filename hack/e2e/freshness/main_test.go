// Package freshness tests each rule of docs/freshness.md on a real BuildKit. The
// daemon's status stream says which steps ran and which were CACHED.
package freshness

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "freshness", "busybox") }
