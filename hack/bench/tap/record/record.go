// Package record defines the records of the tap of a frontend.
package record

import "time"

// Mark starts the line that holds a record.
const Mark = "strata-bench-tap"

// Record tells what a frontend did in one build.
type Record struct {
	Calls []Call
	// Ended is when the process had ended, PeakKB the most memory that it had.
	Ended  time.Duration
	PeakKB int64
}

// Call is a call to the gateway, and when it was sent: how long after the
// start of the process.
type Call struct {
	Method string
	After  time.Duration
}

// Connected is when the first call was sent.
func (r Record) Connected() time.Duration {
	if len(r.Calls) == 0 {
		return 0
	}
	return r.Calls[0].After
}

// Submitted is when the last solve was sent, that of the build.
func (r Record) Submitted() time.Duration {
	var last time.Duration
	for _, c := range r.Calls {
		if c.Method == "Solve" {
			last = c.After
		}
	}
	return last
}
