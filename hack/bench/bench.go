// Package bench measures Strata and the reference, docker/dockerfile at the pinned
// BuildKit: both in the same run, in turn, on the same inputs. The result is the
// ratio, because a machine's speed changes from one minute to the next.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/stratabuild/strata/hack/internal/host"
)

// A Row is one line of the table. Its numbers are medians.
type Row struct {
	// Series is the series of the row, Name the name of the measurement.
	Series, Name string
	Unit         string
	// Strata and Reference are the measured values. Reference is zero if the
	// reference was not measured.
	Strata, Reference float64
	// Ratio is the median of Strata / Reference over the pairs of runs, or
	// another number without a unit, such as an exponent of growth.
	Ratio float64
	// Limit is the largest allowed Ratio; zero means no limit.
	Limit float64 `json:",omitempty"`
}

// Short reports whether the row exceeds its limit.
func (r Row) Short() bool { return r.Limit > 0 && r.Ratio > r.Limit }

// A Series is a group of measurements.
type Series struct {
	Name, About string
	run         func(r *Runner, ctx context.Context) error
}

// AllSeries returns all measurements, in the order in which they run.
func AllSeries() []Series {
	return []Series{
		{"convert", "convert and marshal in process", (*Runner).convert},
		{"growth", "convert files of 10 to 10,000 steps", (*Runner).growth},
		{"waiting", "calls to a gateway that takes 20 ms for each", (*Runner).waiting},
		{"process", "the frontend's process in a real build", (*Runner).process},
		{"rebuild", "a whole build in which nothing has changed", (*Runner).rebuild},
		{"why", "builds that say why steps ran, compared with STRATA_WHY=off", (*Runner).why},
	}
}

// Runner runs series and collects their rows.
type Runner struct {
	// Log gets each row as soon as it is complete.
	Log io.Writer
	// Rounds is the number of measured pairs for a row.
	Rounds int

	Rows []Row
	// Timelines have the calls of one build of each frontend to the slow gateway.
	Timelines struct{ Strata, Reference []GatewayCall }

	series      string
	environment *environment
}

// Run runs the named series, or all series if no name is given.
func (r *Runner) Run(ctx context.Context, names ...string) error {
	for _, b := range AllSeries() {
		if len(names) > 0 && !slices.Contains(names, b.Name) {
			continue
		}
		fmt.Fprintf(r.Log, "%s: %s\n", b.Name, b.About)
		r.series = b.Name
		if err := b.run(r, ctx); err != nil {
			return fmt.Errorf("%s: %w", b.Name, err)
		}
	}
	return nil
}

// add adds a row to the table.
func (r *Runner) add(row Row) {
	row.Series = r.series
	r.Rows = append(r.Rows, row)
	fmt.Fprintln(r.Log, " ", row)
}

// String returns the row as a line of text.
func (r Row) String() string {
	verdict := ""
	switch {
	case r.Short():
		verdict = fmt.Sprintf("  EXCEEDS %.2f", r.Limit)
	case r.Limit > 0:
		verdict = fmt.Sprintf("  <= %.2f", r.Limit)
	}
	reference := "-"
	if r.Reference > 0 {
		reference = fmt.Sprintf("%.4g", r.Reference)
	}
	return fmt.Sprintf("%-46s %12s %12s %-10s %6.3f%s", r.Name, fmt.Sprintf("%.4g", r.Strata), reference, r.Unit, r.Ratio, verdict)
}

// WriteJSON writes the rows, with a description of the machine.
func (r *Runner) WriteJSON(file string) error {
	machine := map[string]any{"CPUs": runtime.NumCPU(), "Go": runtime.Version(), "Platform": runtime.GOOS + "/" + runtime.GOARCH}
	return host.WriteJSON(file, map[string]any{"Machine": machine, "Rows": r.Rows})
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
