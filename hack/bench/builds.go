package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stratabuild/strata/hack/buildrun"
)

// rebuild measures whole builds in which nothing has changed: of both frontends,
// and of Strata with and without a look at the lock.
func (r *Runner) rebuild(ctx context.Context) error {
	g, err := r.open(ctx)
	if err != nil {
		return err
	}
	noLock := map[string]string{"STRATA_LOCK": "off"}
	neither := map[string]string{"STRATA_LOCK": "off", "STRATA_WHY": "off"}
	for _, row := range []struct {
		Row
		strata, other func() (float64, error)
	}{
		{Row{Name: "no change, through a syntax line", Limit: 0.95}, g.unchanged(ctx, g.strata, nil), g.unchanged(ctx, g.reference, nil)},
		{Row{Name: "the same without a look at lock and memory"}, g.unchanged(ctx, g.strata, neither), g.unchanged(ctx, g.reference, neither)},
		{Row{Name: "with a look at the lock, beside STRATA_LOCK=off", Limit: 1.01}, g.unchanged(ctx, g.strata, nil), g.unchanged(ctx, g.strata, noLock)},
	} {
		as, bs, err := inTurn(5*r.Rounds+1, row.strata, row.other)
		if err != nil {
			return err
		}
		row.Unit = "ms"
		r.add(row.of(as[1:], bs[1:])) // the first build of each is not a warm one
	}
	return nil
}

// unchanged returns a function that measures a build of a project of its own, in
// which nothing changes.
func (g *environment) unchanged(ctx context.Context, image string, args map[string]string) func() (float64, error) {
	dir, err := g.small("# syntax=" + image + "\n")
	return func() (float64, error) {
		if err != nil {
			return 0, err
		}
		return g.build(ctx, buildrun.Build{Context: dir, Args: args})
	}
}

// contextFiles is the number of small files in a large context.
const contextFiles = 50_000

// large is a project with a large context.
func (g *environment) large() (string, error) {
	dir, err := g.project("FROM busybox\nCOPY src /src\nRUN ls /src | wc -l\n")
	if err != nil {
		return "", err
	}
	for i := range contextFiles {
		folder := filepath.Join(dir, "src", fmt.Sprint(i/500))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(i)), fmt.Appendf(nil, "file %d\n", i), 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}
