package insight

import (
	"syscall"
	"testing"
	"time"
)

// processorTime is how long the tests have used processors. It does not depend on the load
// of the machine, unlike the time of a clock.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
