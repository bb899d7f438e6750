package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/difftest"
)

// A family is a kind of Dockerfile that grows with n.
type family struct {
	name string
	of   func(n int) difftest.Case
	// compare is the n at which the reference is also measured, within limit.
	compare int
	limit   float64
	// checks is set if Strata runs all checks of the cache too.
	checks bool
}

var families = []family{
	{name: "RUNs", of: lines("FROM busybox\n", func(i int) string { return fmt.Sprintf("RUN echo step %d\n", i) }), compare: 3000, limit: 0.1},
	{name: "ENV and RUN pairs", of: lines("FROM busybox\n", func(i int) string { return fmt.Sprintf("ENV V%d=%d\nRUN echo %d\n", i, i, i) }), compare: 1000, limit: 0.2},
	{name: "stages that copy from the one before", of: chain, compare: 1000, limit: 0.4},
	{name: "COPYs of 20 files", of: lines("FROM busybox\n", copyMany)},
	{name: "ONBUILD triggers", of: triggers},
	{name: "ignore patterns", of: ignores},
	{name: "uses of one ARG", of: lines("FROM busybox\nARG A=1\n", func(i int) string { return fmt.Sprintf("RUN echo $A ${A} %d\n", i) })},
	{name: "COPY and install pairs with all checks", of: lines("FROM busybox\n", copyAndInstall), checks: true},
}

func lines(head string, line func(i int) string) func(int) difftest.Case {
	return func(n int) difftest.Case {
		var b strings.Builder
		b.WriteString(head)
		for i := range n {
			b.WriteString(line(i))
		}
		return difftest.Case{Dockerfile: []byte(b.String())}
	}
}

func chain(n int) difftest.Case {
	return lines("FROM busybox AS s0\nRUN echo 0 >/f\n", func(i int) string {
		return fmt.Sprintf("FROM busybox AS s%d\nCOPY --from=s%d /f /f\n", i+1, i)
	})(n)
}

func copyMany(i int) string {
	var b strings.Builder
	b.WriteString("COPY")
	for k := range 20 {
		fmt.Fprintf(&b, " dir%d/file%d", i, k)
	}
	fmt.Fprintf(&b, " /to%d/\n", i)
	return b.String()
}

func copyAndInstall(i int) string {
	return fmt.Sprintf("COPY file%d /app/file%d\nRUN apk add package%d\n", i, i, i)
}

// triggers returns an image whose config has n triggers.
func triggers(n int) difftest.Case {
	var config struct {
		Config struct{ OnBuild []string } `json:"config"`
	}
	for i := range n {
		config.Config.OnBuild = append(config.Config.OnBuild, fmt.Sprintf("RUN echo trigger %d", i))
	}
	dt, _ := json.Marshal(config)
	return difftest.Case{
		Dockerfile: []byte("FROM base\nRUN echo done\n"),
		Options:    difftest.Options{Images: map[string]difftest.Image{"base": {Config: dt}}},
	}
}

func ignores(n int) difftest.Case {
	c := lines("FROM busybox\n", func(i int) string { return fmt.Sprintf("COPY src%d /src%d\n", i, i) })(10)
	c.Dockerignore = lines("", func(i int) string { return fmt.Sprintf("node_modules%d/**/*.tmp\n", i) })(n).Dockerfile
	return c
}

// growth measures how time and memory grow with the size of the result, and
// compares large files with the reference.
func (r *Runner) growth(ctx context.Context) error {
	for _, f := range families {
		if err := r.grow(ctx, f); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	for _, f := range families {
		if f.compare == 0 {
			continue
		}
		as, bs, err := r.pair(ctx, f.of(f.compare), short)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%d %s", f.compare, f.name)
		r.add(compare(Row{Name: name + ", time", Unit: "ms", Limit: f.limit}, as, bs, millisPerOp))
		r.add(compare(Row{Name: name + ", memory", Unit: "MB"}, as, bs, megabytesPerOp))
	}
	return nil
}

// differences returns the differences of all other values from the first one.
func differences(values []float64) (more []float64) {
	for _, v := range values[1:] {
		more = append(more, v-values[0])
	}
	return more
}

// input returns the number of bytes that a conversion reads.
func (f family) input(n int) int {
	c := f.of(n)
	size := len(c.Dockerfile) + len(c.Dockerignore)
	for _, img := range c.Options.Images {
		size += len(img.Config)
	}
	return size
}

// grow measures one family against the size of its input and output. The cost of
// the smallest file is the fixed cost of every conversion: the rest is growth.
func (r *Runner) grow(ctx context.Context, f family) error {
	var sizes, millis, megabytes []float64
	for n := 10; n <= 10_000; n *= 10 {
		x, err := newConversion(ctx, f.of(n))
		if err != nil {
			return err
		}
		x.checks = f.checks
		def, err := x.strata(ctx)
		if err != nil {
			return err
		}
		c, err := r.cheapest(ctx, x.strata)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Log, "    %6d %-38s %9.2f ms %9.2f MB allocated %9.2f MB made\n", n, f.name, millisPerOp(c), megabytesPerOp(c), float64(def.SizeVT())/1e6)
		sizes = append(sizes, float64(def.SizeVT()+f.input(n)))
		millis, megabytes = append(millis, millisPerOp(c)), append(megabytes, megabytesPerOp(c))
	}
	for _, of := range []struct {
		what string
		ys   []float64
	}{{"time", millis}, {"memory", megabytes}} {
		e := exponent(differences(sizes), differences(of.ys))
		r.add(Row{Name: f.name + ", growth of " + of.what, Unit: "exponent", Strata: e, Ratio: e, Limit: 1.1})
	}
	return nil
}

// cheapest returns the measurement with the least disturbance.
func (r *Runner) cheapest(ctx context.Context, convert func(context.Context) (*pb.Definition, error)) (best testing.BenchmarkResult, err error) {
	for i := range min(r.Rounds, 5) {
		c, err := measure(ctx, short, convert)
		if err != nil {
			return best, err
		}
		if i == 0 || c.NsPerOp() < best.NsPerOp() {
			best = c
		}
	}
	return best, nil
}
