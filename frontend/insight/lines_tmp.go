package insight

import (
	"fmt"
	"time"
)

// Lines is a stand-in.
func Lines(r Report, unchanged bool, now time.Time, all bool) (lines []string) {
	if r.ComparedWith == nil {
		return nil
	}
	if unchanged {
		return []string{"why: no input changed since " + r.ComparedWith.Time.Format("15:04")}
	}
	for _, c := range r.Causes {
		lines = append(lines, fmt.Sprintf("why: %s: line %d, steps %v", describe(c.Reasons), c.Line, c.Steps))
	}
	return lines
}
