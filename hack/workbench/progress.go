package workbench

import (
	"fmt"
	"io"
	"os"
	"time"
)

// logger prints what is going on, one line at a time.
type logger struct{ out io.Writer }

func newLogger(w io.Writer) logger {
	if w == nil {
		w = os.Stderr
	}
	return logger{out: w}
}

func (l logger) printf(format string, args ...any) {
	fmt.Fprintf(l.out, "workbench: "+format+"\n", args...)
}

// during runs work that may take long, says so before and after, and every ten
// seconds in between.
func (l logger) during(what string, work func() error) error {
	start := time.Now()
	l.printf("%s ...", what)
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
			l.printf("%s ... done, %.1f s", what, time.Since(start).Seconds())
			return nil
		case <-tick.C:
			l.printf("%s ... %.0f s", what, time.Since(start).Seconds())
		}
	}
}
