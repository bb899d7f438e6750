//go:build !race

// It takes long under the race detector, under which TestGolden converts the
// same files.

package llbconv_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest/conversion"
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
			first := conversion.Convert(t.Context(), c, p)
			for range 24 {
				if diffs := conversion.Repetition(first, conversion.Convert(t.Context(), c, p)); len(diffs) > 0 {
					t.Fatalf("%s: two conversions differ:\n%s", file, strings.Join(diffs, "\n"))
				}
			}
		}
	}
}
