// Package options tests each option of docs/options.md with BuildKit's own frontend
// and with Strata: it must have an effect, and the same effect with both.
package options

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "options", "busybox") }
