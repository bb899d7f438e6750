package host

import (
	"fmt"
	"os"
	"time"
)

// Logger prints progress to standard error, one line at a time.
type Logger struct{}

func (Logger) Printf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "workbench: "+format+"\n", args...)
}

// During runs work that may take long. It prints a line before, after, and every
// ten seconds in between.
func (l Logger) During(what string, work func() error) error {
	start := time.Now()
	l.Printf("%s ...", what)
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
			l.Printf("%s ... done, %.1f s", what, time.Since(start).Seconds())
			return nil
		case <-tick.C:
			l.Printf("%s ... %.0f s", what, time.Since(start).Seconds())
		}
	}
}
