//go:build !race

// It starts no goroutines, and is slow under the race detector.

package insight

import (
	"testing"
	"time"
)

// The work of a comparison grows with the number of steps. It is measured in
// allocations, which do not depend on the load of the machine.
func TestLongBuilds(t *testing.T) {
	run := func(n int) fixture { return longFile(n, "RUN step%d\n") }
	for _, c := range []struct {
		name string
		edit func(n int) (before, now fixture)
	}{
		{"nothing", func(n int) (fixture, fixture) { return run(n), run(n) }},
		{"the first step", func(n int) (fixture, fixture) { return run(n), run(n).with("RUN first", "RUN second") }},
		{"a new step", func(n int) (fixture, fixture) { return run(n), run(n).with("RUN first", "RUN first\nRUN second") }},
		{"a variable", func(n int) (fixture, fixture) { return run(n), run(n).with("RUN first", "ENV A=1\nRUN first") }},
	} {
		work := func(n int) float64 {
			before, now := c.edit(n)
			s := stored{}
			state, builds := now.state(s), history(s, before, before)
			return testing.AllocsPerRun(1, func() { compare(state, builds, s.look) })
		}
		if short, long := work(500), work(1000); long > 2.1*short {
			t.Errorf("%s: %.0f allocations for 500 steps, %.0f for 1000", c.name, short, long)
		}
	}
}

// A build in which every step is new has as many causes as steps.
func TestEveryStepDiffers(t *testing.T) {
	const n = 2000
	start := processorTime(t)
	r, _ := explain(longFile(n, "RUN step%d\n"), longFile(n, "RUN other%d\n"))
	if took := processorTime(t) - start; len(r.Causes) != n || took > 20*time.Second {
		t.Errorf("%d causes in %v", len(r.Causes), took)
	}
}
