package bench

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExponent(t *testing.T) {
	xs := []float64{10, 100, 1000}
	for want, of := range map[float64]func(x float64) float64{
		1:   func(x float64) float64 { return 3 * x },
		2:   func(x float64) float64 { return x * x },
		0.5: math.Sqrt,
	} {
		var ys []float64
		for _, x := range xs {
			ys = append(ys, of(x))
		}
		if got := exponent(xs, ys); math.Abs(got-want) > 1e-9 {
			t.Errorf("exponent %v, want %v", got, want)
		}
	}
}

// The ratio is computed from the pairs, not from the medians.
func TestRatioOfPairs(t *testing.T) {
	row := Row{}.of([]float64{1, 20, 3}, []float64{2, 20, 30})
	if row.Strata != 3 || row.Reference != 20 || row.Ratio != 0.5 {
		t.Errorf("%+v", row)
	}
}

// A row above its limit fails the check, by name.
func TestCheck(t *testing.T) {
	r := &Runner{Rows: []Row{{Name: "good", Ratio: 0.5, Limit: 0.5}, {Name: "free", Ratio: 9}}}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
	r.Rows = append(r.Rows, Row{Name: "slow", Ratio: 0.51, Limit: 0.5})
	if err := r.Check(); err == nil || !strings.Contains(err.Error(), "slow") || strings.Contains(err.Error(), "good") {
		t.Errorf("error %v", err)
	}
}

// TestWaiting runs the series that needs no daemon: both frontends build, and the
// picture has a line for each call.
func TestWaiting(t *testing.T) {
	r := &Runner{Log: io.Discard, Rounds: 1}
	if err := r.Run(t.Context(), "waiting"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "timeline.svg")
	if err := r.WriteTimeline(file); err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(file)
	calls := len(r.Timelines.Strata) + len(r.Timelines.Reference)
	if err != nil || len(r.Rows) != 1 || calls < 10 || strings.Count(string(svg), "<rect x") != calls {
		t.Errorf("%d rows, %d calls, %v:\n%s", len(r.Rows), calls, err, svg)
	}
}
