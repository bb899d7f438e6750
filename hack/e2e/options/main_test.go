// Package options tries each option of docs/options.md with BuildKit's own
// frontend and with Strata: it has to do something, and the same with both.
package options

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "options", "busybox") }
