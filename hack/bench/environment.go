package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

// An environment is what measured builds run on: a private daemon, and the images
// of both frontends, with and without a tap.
type environment struct {
	bench  *workbench.Env
	daemon *workbench.Daemon
	client *client.Client
	dir    string // for generated files

	strata, reference             string
	tappedStrata, tappedReference string
}

// open sets up the environment, once for all series.
func (r *Runner) open(ctx context.Context) (*environment, error) {
	if r.environment != nil {
		return r.environment, nil
	}
	g := &environment{}
	r.environment = g // so that Close ends what a failing start leaves behind
	var err error
	if g.bench, err = workbench.Open(ctx); err != nil {
		return nil, err
	}
	if g.dir, err = os.MkdirTemp("", "strata-bench-"); err != nil {
		return nil, err
	}
	if _, err := g.bench.EnsureImages(ctx, "busybox", "alpine"); err != nil {
		return nil, err
	}
	if g.daemon, err = g.bench.StartDaemon(ctx, workbench.DaemonOptions{OnDisk: true}); err != nil {
		return nil, err
	}
	if g.client, err = g.daemon.Client(ctx); err != nil {
		return nil, err
	}
	return g, g.pushFrontends(ctx)
}

// Close ends the processes that Run has started.
func (r *Runner) Close() error {
	g := r.environment
	if g == nil || g.bench == nil {
		return nil
	}
	if g.client != nil {
		g.client.Close()
	}
	var err error
	if g.daemon != nil {
		err = g.daemon.Close()
	}
	os.RemoveAll(g.dir)
	return errors.Join(err, g.bench.Close())
}

// pushFrontends pushes the images. The measured daemon pulls all frontends and does
// not make them: a pulled file has a different layout in memory than a copied one,
// and takes longer to start.
func (g *environment) pushFrontends(ctx context.Context) error {
	own, err := g.bench.FrontendImage(ctx)
	if err != nil {
		return err
	}
	g.strata = own.Pinned()
	if g.reference, err = g.bench.ReferenceImage(ctx); err != nil {
		return err
	}
	tap := filepath.Join(g.dir, "tap")
	src, err := workbench.Checkout()
	if err != nil {
		return err
	}
	build := host.Command{
		Dir: filepath.Join(src, "hack"), Env: []string{"CGO_ENABLED=0"},
		Argv: []string{"go", "build", "-trimpath", "-o", tap, "./bench/tap"},
	}
	if _, err := build.Run(ctx); err != nil {
		return err
	}
	if g.tappedStrata, err = g.tapped(ctx, tap, g.strata, "strata-frontend"); err != nil {
		return err
	}
	g.tappedReference, err = g.tapped(ctx, tap, g.reference, "dockerfile-frontend")
	return err
}

// tapped pushes an image that runs a frontend's program in the tap.
func (g *environment) tapped(ctx context.Context, tap, image, program string) (string, error) {
	dockerfile := fmt.Sprintf("FROM %s\nCOPY --from=program tap /bin/tap\nENTRYPOINT [\"/bin/tap\", \"/bin/%s\"]\n", image, program)
	return g.bench.PushImage(ctx, "bench/tapped-"+program, dockerfile, tap)
}

// project makes a folder with files.
func (g *environment) project(files map[string]string) (string, error) {
	dir, err := os.MkdirTemp(g.dir, "project-")
	if err != nil {
		return "", err
	}
	for name, content := range files {
		if err := host.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// compressed returns the size of an image's compressed layers, in bytes.
func compressed(ctx context.Context, image string) (size float64, err error) {
	img, err := crane.Pull(image, crane.Insecure, crane.WithContext(ctx))
	if err != nil {
		return 0, err
	}
	manifest, err := img.Manifest()
	if err != nil {
		return 0, err
	}
	for _, l := range manifest.Layers {
		size += float64(l.Size)
	}
	return size, nil
}
