package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stratabuild/strata/hack/buildrun"
)

// rebuild measures whole builds in which nothing has changed.
func (r *Runner) rebuild(ctx context.Context) error {
	g, err := r.open(ctx)
	if err != nil {
		return err
	}
	with := func(image string) func() (float64, error) {
		dir, err := g.small("# syntax=" + image + "\n")
		return func() (float64, error) {
			if err != nil {
				return 0, err
			}
			return g.build(ctx, buildrun.Build{Context: dir})
		}
	}
	as, bs, err := inTurn(5*r.Rounds+1, with(g.strata), with(g.reference))
	if err != nil {
		return err
	}
	r.add(Row{Name: "no change, through a syntax line", Unit: "ms", Limit: 0.95}.of(as[1:], bs[1:]))
	return nil
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
