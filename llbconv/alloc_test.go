//go:build !race

package llbconv_test

import (
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// TestAllocations guards what the conversion of a typical Dockerfile allocates,
// beside what the reference allocates for the same. The count does not depend
// on the machine, only on the race detector; make bench measures the time.
func TestAllocations(t *testing.T) {
	c := difftest.Case{Dockerfile: difftest.Typical}
	p := c.Platforms()[0]
	count := func(convert func() difftest.Result) float64 {
		return testing.AllocsPerRun(20, func() {
			if err := convert().Err; err != nil {
				t.Fatal(err)
			}
		})
	}
	want := count(func() difftest.Result { return difftest.Reference(t.Context(), c, p) })
	got := count(func() difftest.Result { return strata(t.Context(), difftest.NewGateway(c), p) })
	if got > 0.55*want { // loading the file counts here, for both alike
		t.Errorf("%.0f allocations, %.2f of the reference's %.0f", got, got/want, want)
	}
}
