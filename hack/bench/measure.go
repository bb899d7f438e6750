package bench

import (
	"context"
	"flag"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/moby/buildkit/solver/pb"
)

// short is the time of a measurement if there are many. The first conversions are
// slower than the others, which makes the mean of a fast one vary.
const short = 40 * time.Millisecond

// measure measures the mean cost of a conversion over a time, or of one that takes
// longer.
func measure(ctx context.Context, over time.Duration, convert func(context.Context) (*pb.Definition, error)) (testing.BenchmarkResult, error) {
	testing.Init() // defines the flag
	if err := flag.Set("test.benchtime", over.String()); err != nil {
		return testing.BenchmarkResult{}, err
	}
	var err error
	result := testing.Benchmark(func(b *testing.B) {
		for err == nil && b.Loop() {
			_, err = convert(ctx)
		}
	})
	return result, err
}

func millisPerOp(r testing.BenchmarkResult) float64    { return float64(r.NsPerOp()) / 1e6 }
func allocsPerOp(r testing.BenchmarkResult) float64    { return float64(r.AllocsPerOp()) }
func megabytesPerOp(r testing.BenchmarkResult) float64 { return float64(r.AllocedBytesPerOp()) / 1e6 }

// inTurn measures two ways to do the same thing in turn. The order changes with
// each round.
func inTurn[T any](rounds int, a, b func() (T, error)) (as, bs []T, err error) {
	type way struct {
		measure func() (T, error)
		into    *[]T
	}
	order := []way{{a, &as}, {b, &bs}}
	for range rounds {
		for _, w := range order {
			measured, err := w.measure()
			if err != nil {
				return nil, nil, err
			}
			*w.into = append(*w.into, measured)
		}
		slices.Reverse(order)
	}
	return as, bs, nil
}

// warm is inTurn for builds. It leaves out the first build of each, which is not a
// warm one.
func warm[T any](rounds int, a, b func() (T, error)) (as, bs []T, err error) {
	if as, bs, err = inTurn(rounds+1, a, b); err != nil {
		return nil, nil, err
	}
	return as[1:], bs[1:], nil
}

// compare fills in the medians of a number of each measurement, and of the
// ratio in each pair.
func compare[T any](row Row, strata, reference []T, of func(T) float64) Row {
	var as, bs, ratios []float64
	for i := range strata {
		a, b := of(strata[i]), of(reference[i])
		as, bs, ratios = append(as, a), append(bs, b), append(ratios, a/b)
	}
	row.Strata, row.Reference, row.Ratio = median(as), median(bs), median(ratios)
	return row
}

// of is like compare, for plain numbers.
func (r Row) of(strata, reference []float64) Row {
	return compare(r, strata, reference, func(v float64) float64 { return v })
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// exponent fits y = a * x^e and returns e.
func exponent(xs, ys []float64) float64 {
	var sx, sy, sxx, sxy float64
	for i := range xs {
		x, y := math.Log(xs[i]), math.Log(ys[i])
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	n := float64(len(xs))
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
