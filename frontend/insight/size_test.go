package insight

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// longFile is a Dockerfile of many steps, with a variable for each.
func longFile(n int, format string) fixture {
	var b strings.Builder
	b.WriteString("FROM busybox\nRUN first\n")
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return steady(b.String())
}

// A long build is compared in a time that grows with its steps alone. The bounds
// are far above what it takes.
func TestLongBuilds(t *testing.T) {
	const n = 2000
	run := longFile(n, "RUN step%d\n")
	variables := longFile(n/4, "ENV V%[1]d=1\nRUN step%[1]d\n")
	other := longFile(n, "RUN other%d\n")
	for _, c := range []struct {
		name        string
		before, now fixture
		causes      int
	}{
		{"the first step", run, run.with("RUN first", "RUN second"), 1},
		{"a new step", run, run.with("RUN first", "RUN first\nRUN second"), 1},
		{"a variable of all", run, run.with("RUN first", "ENV A=1\nRUN first"), 1},
		{"many variables", variables, variables.with("V0=1", "V0=2"), 1},
		{"every step", run, other, 1},
	} {
		s := stored{}
		before := c.before.state(s)
		var builds []Build
		for i := range 16 {
			builds = append(builds, Build{Time: hour(i), State: before})
		}
		now := c.now.state(s)
		start := time.Now()
		r, _ := compare(now, builds, s.look)
		if took := time.Since(start); len(r.Causes) != c.causes || took > 3*time.Second {
			t.Errorf("%s: %d causes in %v", c.name, len(r.Causes), took)
		}
	}
}
