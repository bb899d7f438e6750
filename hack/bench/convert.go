package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/workbench"
	"github.com/stratabuild/strata/internal/difftest"
)

// epoch is the time of all builds: none of the inputs depends on it.
var epoch = time.Unix(1_700_000_000, 0)

// convert measures the conversion of a typical Dockerfile and of many varied
// ones.
func (r *Runner) convert(ctx context.Context) error {
	as, bs, err := r.pair(ctx, difftest.Case{Name: "typical", Dockerfile: difftest.Typical}, 10*short)
	if err != nil {
		return err
	}
	r.add(compare(Row{Name: "typical Dockerfile, time", Unit: "ms", Limit: 0.6}, as, bs, millisPerOp))
	r.add(compare(Row{Name: "typical Dockerfile, allocations", Unit: "allocs", Limit: 0.6}, as, bs, allocsPerOp))
	return r.varied(ctx)
}

// pair measures both conversions in turn, each for the given time.
func (r *Runner) pair(ctx context.Context, c difftest.Case, over time.Duration) (as, bs []testing.BenchmarkResult, err error) {
	x, err := newConversion(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	if err := x.compare(ctx); err != nil {
		return nil, nil, err
	}
	return inTurn(r.Rounds,
		func() (testing.BenchmarkResult, error) { return measure(ctx, over, x.strata) },
		func() (testing.BenchmarkResult, error) { return measure(ctx, over, x.reference) })
}

// varied measures the Dockerfiles of the corpus that resemble real ones.
func (r *Runner) varied(ctx context.Context) error {
	src, err := workbench.Checkout()
	if err != nil {
		return err
	}
	cases, err := difftest.LoadCorpus(filepath.Join(src, "llbconv", "testdata", "corpus"))
	if err != nil {
		return err
	}
	var times, allocs sum
	for _, c := range cases {
		if filepath.Dir(c.Name) != "whole" || c.Options.Name != "" || c.Options.Differs != "" {
			continue
		}
		as, bs, err := r.pair(ctx, c, short)
		if err != nil {
			continue // some cases are meant to fail
		}
		times.add(c.Name, as, bs, millisPerOp)
		allocs.add(c.Name, as, bs, allocsPerOp)
	}
	r.add(times.overall("time", "ms", 0.6))
	r.add(times.worst("time", "ms", 0.8))
	r.add(allocs.overall("allocations", "allocs", 0.6))
	r.add(allocs.worst("allocations", "allocs", 0.8))
	return nil
}

// sum collects the cost of many Dockerfiles.
type sum struct {
	n                 int
	strata, reference float64
	highest           Row
}

func (s *sum) add(name string, as, bs []testing.BenchmarkResult, of func(testing.BenchmarkResult) float64) {
	row := compare(Row{Name: name}, as, bs, of)
	s.n++
	s.strata += row.Strata
	s.reference += row.Reference
	if row.Ratio > s.highest.Ratio {
		s.highest = row
	}
}

func (s *sum) overall(what, unit string, limit float64) Row {
	return Row{
		Name: fmt.Sprintf("%d varied Dockerfiles, %s", s.n, what), Unit: unit,
		Strata: s.strata, Reference: s.reference, Ratio: s.strata / s.reference, Limit: limit,
	}
}

func (s *sum) worst(what, unit string, limit float64) Row {
	row := s.highest
	row.Name = fmt.Sprintf("the worst of them, %s (%s)", what, filepath.Base(row.Name))
	row.Unit, row.Limit = unit, limit
	return row
}
