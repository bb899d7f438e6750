package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
)

// fiveFiles is a build with five files.
var fiveFiles = map[string]string{
	"Dockerfile": `FROM busybox
WORKDIR /app
COPY requirements.txt .
RUN cat requirements.txt
COPY . .
`,
	"requirements.txt": "one\n", "a": "one\n", "b": "one\n", "c": "one\n",
}

// compared are builds with and without the comparison with earlier builds.
type compared struct {
	Row
	dir    string
	edited string // the file that changes before each build; empty is none
	rounds int
	cold   bool // whether the daemon's cache is empty before each build
}

// why measures the cost of the comparison with earlier builds.
func (r *Runner) why(ctx context.Context) error {
	g, err := r.open(ctx)
	if err != nil {
		return err
	}
	few, err := g.project(fiveFiles)
	if err != nil {
		return err
	}
	many, err := g.project(large())
	if err != nil {
		return err
	}
	for _, c := range []compared{
		{Row{Name: "no change", Limit: 1.02}, few, "", 5 * r.Rounds, false},
		{Row{Name: "one of five files changed, a RUN reads it", Limit: 1.05}, few, "requirements.txt", 5 * r.Rounds, false},
		{Row{Name: "one of five files changed, only a COPY does", Limit: 1.05}, few, "a", 5 * r.Rounds, false},
		{Row{Name: "no change in 50,000 files", Limit: 1.02}, many, "", min(r.Rounds, 7), false},
		{Row{Name: "one of 50,000 files changed", Limit: 1.05}, many, "src/0/0", min(r.Rounds, 7), false},
		{Row{Name: "first build of 50,000 files", Limit: 1.10}, many, "", min(r.Rounds, 3), true},
	} {
		on, off, err := g.explain(ctx, c)
		if err != nil {
			return err
		}
		c.Unit = "ms"
		row := c.of(on, off)
		if c.edited != "" {
			row.Limit = max(row.Limit, 1+allowedMillis/row.Reference)
		}
		r.add(row)
	}
	return nil
}

// allowedMillis is the number of milliseconds that a comparison may always take in
// a build with a change.
const allowedMillis = 60

// explain measures builds with and without a comparison, in turn.
func (g *environment) explain(ctx context.Context, c compared) (on, off []float64, err error) {
	n := 0
	with := func(value string) func() (float64, error) {
		return func() (float64, error) {
			n++
			if err := g.prepare(ctx, c, n); err != nil {
				return 0, err
			}
			args := map[string]string{"BUILDKIT_SYNTAX": g.strata, "STRATA_WHY": value}
			return g.build(ctx, buildrun.Build{Context: c.dir, Args: args})
		}
	}
	if c.cold {
		return inTurn(c.rounds, with("on"), with("off"))
	}
	return warm(c.rounds, with("on"), with("off"))
}

// prepare prepares the project and the daemon for the n-th build.
func (g *environment) prepare(ctx context.Context, c compared, n int) error {
	if c.edited != "" {
		return os.WriteFile(filepath.Join(c.dir, c.edited), fmt.Appendf(nil, "change %d\n", n), 0o644)
	}
	if !c.cold {
		return nil
	}
	err := g.client.Prune(ctx, nil, client.PruneAll)
	syscall.Sync() // the writes of the last build do not continue during this one
	return err
}
