package host

import (
	"fmt"
	"os"
	"time"
)

// Printf prints a line of progress to standard error.
func Printf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "workbench: "+format+"\n", args...)
}

// During runs work that may take long. It prints a line before, after, and every
// ten seconds in between.
func During(what string, work func() error) error {
	start := time.Now()
	Printf("%s ...", what)
	done := make(chan error, 1)
	go func() { done <- work() }()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			Printf("%s ... done, %.1f s", what, time.Since(start).Seconds())
			return nil
		case <-tick.C:
			Printf("%s ... %.0f s", what, time.Since(start).Seconds())
		}
	}
}
