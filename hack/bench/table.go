package bench

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/stratabuild/strata/hack/internal/host"
)

// table is the JSON form of the results.
type table struct {
	// Machine describes the machine of the measurements.
	Machine struct {
		CPUs         int
		Processor    string
		Go, Platform string
	}
	Rows []Row
}

// WriteJSON writes the rows, with a description of the machine.
func (r *Runner) WriteJSON(file string) error {
	t := table{Rows: r.Rows}
	t.Machine.CPUs = runtime.NumCPU()
	t.Machine.Processor = processor()
	t.Machine.Go = runtime.Version()
	t.Machine.Platform = runtime.GOOS + "/" + runtime.GOARCH
	return host.WriteJSON(file, t)
}

// processor returns the processor's name from the kernel, or "" if there is none.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
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
