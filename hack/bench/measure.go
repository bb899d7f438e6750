package bench

import (
	"math"
	"runtime"
	"slices"
	"time"
)

// work is one of two ways to do the same thing.
type work func() error

// cost is the cost of a work.
type cost struct {
	seconds, allocs, bytes float64
}

// roundTime is the duration of the repetitions for one measurement.
const roundTime = 40 * time.Millisecond

// repeated measures the mean cost of n runs.
func repeated(n int, w work) (cost, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	for range n {
		if err := w(); err != nil {
			return cost{}, err
		}
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	per := 1 / float64(n)
	return cost{
		seconds: took.Seconds() * per,
		allocs:  float64(after.Mallocs-before.Mallocs) * per,
		bytes:   float64(after.TotalAlloc-before.TotalAlloc) * per,
	}, nil
}

// times returns how often a work fits into the time of a round.
func times(w work) (int, error) {
	c, err := repeated(1, w)
	if err != nil {
		return 0, err
	}
	return max(1, int(roundTime.Seconds()/c.seconds)), nil
}

// pairs measures two works in turn, each as often as it fits into a round.
func pairs(rounds int, a, b work) (as, bs []cost, err error) {
	na, err := times(a)
	if err != nil {
		return nil, nil, err
	}
	nb, err := times(b)
	if err != nil {
		return nil, nil, err
	}
	return inTurn(rounds,
		func() (cost, error) { return repeated(na, a) },
		func() (cost, error) { return repeated(nb, b) })
}

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

func (c cost) time() float64  { return c.seconds * 1000 }
func (c cost) count() float64 { return c.allocs }
func (c cost) size() float64  { return c.bytes / 1e6 }

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
