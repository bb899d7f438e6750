// Package record defines the records of the tap of a frontend.
package record

import "time"

// Mark starts the line that holds a record.
const Mark = "strata-bench-tap"

// Record describes a frontend's run in one build.
type Record struct {
	Calls []Call
	// PeakKB is the largest memory of the process.
	PeakKB int64
}

// Call is a call to the gateway, with its time since the start of the process.
type Call struct {
	Method string
	After  time.Duration
}

// Connected returns the time of the first call.
func (r Record) Connected() time.Duration {
	if len(r.Calls) == 0 {
		return 0
	}
	return r.Calls[0].After
}

// Submitted returns the time of the last solve, which is that of the build.
func (r Record) Submitted() time.Duration {
	var last time.Duration
	for _, c := range r.Calls {
		if c.Method == "Solve" {
			last = c.After
		}
	}
	return last
}
