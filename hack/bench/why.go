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
const fiveFiles = `FROM busybox
WORKDIR /app
COPY requirements.txt .
RUN cat requirements.txt
COPY . .
`

// why measures the cost of the comparison with earlier builds.
func (r *Runner) why(ctx context.Context) error {
	g, err := r.open(ctx)
	if err != nil {
		return err
	}
	dir, err := g.project(fiveFiles)
	if err != nil {
		return err
	}
	for _, name := range []string{"requirements.txt", "a", "b", "c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("one\n"), 0o644); err != nil {
			return err
		}
	}
	small := editedProject{dir: dir, file: "requirements.txt", rounds: 5 * r.Rounds}
	copied := editedProject{dir: dir, file: "a", rounds: 5 * r.Rounds}
	if dir, err = g.large(); err != nil {
		return err
	}
	large := editedProject{dir: dir, file: "src/0/0", rounds: min(r.Rounds, 7)}
	first := editedProject{dir: dir, rounds: min(r.Rounds, 3), cold: true}
	for _, row := range []struct {
		project editedProject
		edited  bool
		Row
	}{
		{small, false, Row{Name: "no change", Limit: 1.02}},
		{small, true, Row{Name: "one of five files changed, a RUN reads it", Limit: 1.05}},
		{copied, true, Row{Name: "one of five files changed, only a COPY does", Limit: 1.05}},
		{large, false, Row{Name: "no change in 50,000 files", Limit: 1.02}},
		{large, true, Row{Name: "one of 50,000 files changed", Limit: 1.05}},
		{first, false, Row{Name: "first build of 50,000 files", Limit: 1.10}},
	} {
		on, off, err := r.explain(ctx, row.project, row.edited)
		if err != nil {
			return err
		}
		row.Unit = "ms"
		done := row.of(on, off)
		if row.edited {
			done.Limit = max(done.Limit, 1+allowedMillis/done.Reference)
		}
		r.add(done)
	}
	return nil
}

// allowedMillis is the number of milliseconds that a comparison may always take in
// a build with a change.
const allowedMillis = 60

// editedProject is a project of which one file changes.
type editedProject struct {
	dir, file string
	rounds    int
	cold      bool // whether the daemon's cache is empty before each build
}

// explain measures builds with and without a comparison, in turn.
func (r *Runner) explain(ctx context.Context, e editedProject, edited bool) (on, off []float64, err error) {
	n := 0
	with := func(value string) func() (float64, error) {
		return func() (float64, error) {
			n++
			if err := r.prepare(ctx, e, edited, n); err != nil {
				return 0, err
			}
			args := map[string]string{"BUILDKIT_SYNTAX": r.environment.strata, "STRATA_WHY": value}
			return r.environment.build(ctx, buildrun.Build{Context: e.dir, Args: args})
		}
	}
	if e.cold {
		return inTurn(e.rounds, with("on"), with("off"))
	}
	on, off, err = inTurn(e.rounds+1, with("on"), with("off"))
	if err != nil {
		return nil, nil, err
	}
	return on[1:], off[1:], nil // the first build of each is not a warm one
}

// prepare prepares the project and the daemon for the n-th build.
func (r *Runner) prepare(ctx context.Context, e editedProject, edited bool, n int) error {
	if edited {
		return os.WriteFile(filepath.Join(e.dir, e.file), fmt.Appendf(nil, "change %d\n", n), 0o644)
	}
	if !e.cold {
		return nil
	}
	err := r.environment.client.Prune(ctx, nil, client.PruneAll)
	syscall.Sync() // the writes of the last build do not continue during this one
	return err
}
