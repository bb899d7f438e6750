package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

// ground is what builds are measured on: a private daemon, and the images of
// both frontends, as they are and with a tap before them.
type ground struct {
	bench  *workbench.Env
	daemon *workbench.Daemon
	client *client.Client
	dir    string // for files that are made

	strata, reference             string
	tappedStrata, tappedReference string
}

// open brings it up, once for all bars.
func (r *Runner) open(ctx context.Context) (*ground, error) {
	if r.ground != nil {
		return r.ground, nil
	}
	g := &ground{}
	r.ground = g // so that Close ends what a failing start leaves behind
	var err error
	if g.bench, err = workbench.Open(ctx); err != nil {
		return nil, err
	}
	if g.dir, err = os.MkdirTemp("", "strata-bench-"); err != nil {
		return nil, err
	}
	images := []string{"busybox", "alpine", "python:3.11-slim", "golang:1.26", "node:20-slim"}
	if _, err := g.bench.EnsureImages(ctx, images...); err != nil {
		return nil, err
	}
	if g.daemon, err = g.bench.StartDaemon(ctx, workbench.DaemonOptions{Name: "bench"}); err != nil {
		return nil, err
	}
	if g.client, err = g.daemon.Client(ctx); err != nil {
		return nil, err
	}
	return g, g.makeFrontends(ctx)
}

// Close ends what Run has started.
func (r *Runner) Close() error {
	g := r.ground
	if g == nil || g.bench == nil {
		return nil
	}
	if g.client != nil {
		g.client.Close()
	}
	if g.daemon != nil {
		if err := g.daemon.Close(); err != nil {
			return err
		}
	}
	os.RemoveAll(g.dir)
	return g.bench.Close()
}

func (g *ground) makeFrontends(ctx context.Context) error {
	own, err := g.bench.FrontendImage(ctx)
	if err != nil {
		return err
	}
	g.strata = own.Pinned()
	program, err := g.bench.Tool(ctx, "dockerfile-frontend")
	if err != nil {
		return err
	}
	if g.reference, err = g.image(ctx, "reference", workbench.ReferenceDockerfile, map[string]string{"dockerfile-frontend": program}); err != nil {
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
	for _, t := range []struct {
		to             *string
		image, program string
	}{{&g.tappedStrata, g.strata, "strata-frontend"}, {&g.tappedReference, g.reference, "dockerfile-frontend"}} {
		text := fmt.Sprintf("FROM %s\nCOPY tap /bin/tap\nENTRYPOINT [\"/bin/tap\", \"/bin/%s\"]\n", t.image, t.program)
		if *t.to, err = g.image(ctx, "tapped-"+t.program, text, map[string]string{"tap": tap}); err != nil {
			return err
		}
	}
	return nil
}

// image pushes an image of a few files and returns its pinned reference. The
// daemon that is measured does not make it: it pulls all frontends, as a file
// that was pulled is laid out in memory in another way than one that was copied,
// and takes longer to start.
func (g *ground) image(ctx context.Context, name, dockerfile string, files map[string]string) (string, error) {
	dir, err := g.project(dockerfile)
	if err != nil {
		return "", err
	}
	for to, from := range files {
		data, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, to), data, 0o755); err != nil {
			return "", err
		}
	}
	maker, err := g.bench.Client(ctx)
	if err != nil {
		return "", err
	}
	defer maker.Close()
	ref := g.bench.Registry() + "/bench/" + name + ":1"
	rep, err := buildrun.Run(ctx, maker, buildrun.Build{Context: dir, Exports: []buildrun.Export{buildrun.Push(ref)}})
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, rep)
	}
	return ref + "@" + rep.Digest(), nil
}

// project makes a folder with a Dockerfile.
func (g *ground) project(dockerfile string) (string, error) {
	dir, err := os.MkdirTemp(g.dir, "project-")
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o644)
}

// compressed is the size of an image's layers as they are pulled, in bytes.
func compressed(ctx context.Context, image string) (size float64, err error) {
	ref, err := name.ParseReference(image[:strings.Index(image, "@")], name.Insecure)
	if err != nil {
		return 0, err
	}
	img, err := remote.Image(ref, remote.WithContext(ctx))
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
