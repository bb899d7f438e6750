package bench

import (
	"context"
	"fmt"

	"github.com/stratabuild/strata/hack/buildrun"
)

// rebuild measures whole builds in which nothing has changed: of both frontends,
// and of Strata with and without the lock lookup.
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
		{Row{Name: "the same with STRATA_LOCK=off and STRATA_WHY=off"}, g.unchanged(ctx, g.strata, neither), g.unchanged(ctx, g.reference, neither)},
		{Row{Name: "with the lock lookup, compared with STRATA_LOCK=off", Limit: 1.01}, g.unchanged(ctx, g.strata, nil), g.unchanged(ctx, g.strata, noLock)},
	} {
		as, bs, err := warm(5*r.Rounds, row.strata, row.other)
		if err != nil {
			return err
		}
		row.Unit = "ms"
		r.add(row.of(as, bs))
	}
	return nil
}

// unchanged returns a function that measures a build of a project of its own, in
// which nothing changes.
func (g *environment) unchanged(ctx context.Context, image string, args map[string]string) func() (float64, error) {
	dir, err := g.project(small("# syntax=" + image + "\n"))
	return func() (float64, error) {
		if err != nil {
			return 0, err
		}
		return g.build(ctx, buildrun.Build{Context: dir, Args: args})
	}
}

// large returns the files of a project with a large context.
func large() map[string]string {
	files := map[string]string{"Dockerfile": "FROM busybox\nCOPY src /src\nRUN ls /src | wc -l\n"}
	for i := range 50_000 {
		files[fmt.Sprintf("src/%d/%d", i/500, i)] = fmt.Sprintf("file %d\n", i)
	}
	return files
}
