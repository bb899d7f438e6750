package bench

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/stratabuild/strata/hack/internal/host"
)

// WriteJSON writes the rows, with a description of the machine.
func (r *Runner) WriteJSON(file string) error {
	type machine struct {
		CPUs         int
		Go, Platform string
	}
	return host.WriteJSON(file, struct {
		Machine machine
		Rows    []Row
	}{machine{runtime.NumCPU(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}, r.Rows})
}

// Check returns an error that names every row above its limit.
func (r *Runner) Check() error {
	var short []error
	for _, row := range r.Rows {
		if row.Short() {
			short = append(short, fmt.Errorf("%s: %s is %.3f, above its limit of %.2f", row.Series, row.Name, row.Ratio, row.Limit))
		}
	}
	return errors.Join(short...)
}
