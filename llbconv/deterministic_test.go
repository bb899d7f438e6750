//go:build !race

// It is slow under the race detector; TestGolden converts the same files with it.
// same files.

package llbconv_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest/conversion"
)

// TestDeterministic converts every golden 25 times and checks that the bytes are
// the same, including names and places.
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
