//go:build !race

package llbconv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
)

// TestAllocations limits the growth of a conversion's cost: twice the instructions
// need about twice the allocations. The count depends on the race detector, but not
// on the machine; make bench measures the time.
func TestAllocations(t *testing.T) {
	for name, instruction := range map[string]string{
		"RUN":          "RUN true %d\n",
		"ENV":          "ENV A%d=1\n",
		"ARG":          "ARG A%d=1\n",
		"explicit ARG": "ARG --explicit A%d=1\n",
		"COPY":         "COPY a%d /\n",
		"linked COPY":  "COPY --link a%d /\n",
		"stages":       "FROM busybox AS s%d\n",
		"mounts":       "RUN --mount=type=cache,target=/c%d true\n",
	} {
		count := func(n int) float64 {
			dockerfile := strings.Builder{}
			dockerfile.WriteString("FROM busybox\n")
			for i := range n {
				fmt.Fprintf(&dockerfile, instruction, i)
			}
			c := difftest.Case{Dockerfile: []byte(dockerfile.String())}
			p := c.Platforms()[0]
			return testing.AllocsPerRun(3, func() {
				if err := conversion.Convert(t.Context(), c, p).Err; err != nil {
					t.Fatal(name, err)
				}
			})
		}
		few, many := count(200), count(400)
		if many > 2.1*few {
			t.Errorf("%s: %.0f allocations for 200, and %.0f for 400", name, few, many)
		}
	}
}
