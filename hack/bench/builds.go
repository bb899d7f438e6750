package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/workbench"
)

// rebuild measures whole builds in which nothing has changed.
func (r *Runner) rebuild(ctx context.Context) error {
	g, err := r.open(ctx)
	if err != nil {
		return err
	}
	dirs := map[string]string{}
	for _, image := range []string{g.strata, g.reference} {
		if dirs[image], err = g.small(); err != nil {
			return err
		}
		file := filepath.Join(dirs[image], "Dockerfile")
		if err := os.WriteFile(file, []byte("# syntax="+image+"\n"+small), 0o644); err != nil {
			return err
		}
	}
	as, bs, err := r.builds(ctx, 5*r.Rounds+1, func(image string) (buildrun.Build, error) {
		return buildrun.Build{Context: dirs[image]}, nil
	})
	if err != nil {
		return err
	}
	r.add(Row{Name: "no change, through a syntax line", Unit: "ms", Limit: 0.95}.of(as[1:], bs[1:]))
	return nil
}

// cold measures the first build of each example by a daemon that has nothing.
func (r *Runner) cold(ctx context.Context) error {
	g, err := r.open(ctx)
	if err != nil {
		return err
	}
	src, err := workbench.Checkout()
	if err != nil {
		return err
	}
	for _, x := range []struct {
		example string
		rounds  int // fewer of what takes long
	}{{"python-web", 9}, {"node-app", 9}, {"go-multistage", 5}, {"static-site", 15}} {
		as, bs, err := r.builds(ctx, min(2*r.Rounds, x.rounds), func(image string) (buildrun.Build, error) {
			b := buildrun.Build{
				Context: filepath.Join(src, "examples", x.example),
				Args:    map[string]string{"BUILDKIT_SYNTAX": image},
			}
			err := g.client.Prune(ctx, nil, client.PruneAll)
			syscall.Sync() // what the last build has written is not written during this one
			return b, err
		})
		if err != nil {
			return err
		}
		r.add(Row{Name: "cold first build of " + x.example, Unit: "ms", Limit: 1.0}.of(as, bs))
	}
	return nil
}

// contextFiles is how many small files the context has of which one changes.
const contextFiles = 50_000

// context measures a rebuild after one file of many has changed.
func (r *Runner) context(ctx context.Context) error {
	g, err := r.open(ctx)
	if err != nil {
		return err
	}
	dir, err := g.large()
	if err != nil {
		return err
	}
	changes := 0
	as, bs, err := r.builds(ctx, min(r.Rounds, 7)+1, func(image string) (buildrun.Build, error) {
		changes++
		err := os.WriteFile(filepath.Join(dir, "src", "0", "0"), fmt.Appendf(nil, "change %d\n", changes), 0o644)
		return buildrun.Build{Context: dir, Args: map[string]string{"BUILDKIT_SYNTAX": image}}, err
	})
	if err != nil {
		return err
	}
	r.add(Row{Name: "one of 50,000 files changed", Unit: "ms", Limit: 1.0}.of(as[1:], bs[1:]))
	return nil
}

// large is a project with a large context.
func (g *ground) large() (string, error) {
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

// builds builds with both frontends in turn and returns how long each build
// took, in milliseconds.
func (r *Runner) builds(ctx context.Context, rounds int, prepare func(image string) (buildrun.Build, error)) (strata, reference []float64, err error) {
	with := func(image string) func() (float64, error) {
		return func() (float64, error) {
			b, err := prepare(image)
			if err != nil {
				return 0, err
			}
			return r.ground.build(ctx, b)
		}
	}
	return inTurn(rounds, with(r.ground.strata), with(r.ground.reference))
}
