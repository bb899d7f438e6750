package llbconv_test

import (
	"os"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// TestDeterministic converts every golden 25 times and wants the same bytes,
// names and places included.
func TestDeterministic(t *testing.T) {
	for _, file := range goldenFiles(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := goldenCase(t, goldenInput(data))
		for _, p := range c.Platforms() {
			repeat(t, c, p, strata(t.Context(), difftest.NewGateway(c), p), 24)
		}
	}
}
