package e2e

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	"github.com/opencontainers/go-digest"
	"github.com/tonistiigi/fsutil"
	"golang.org/x/sync/errgroup"

	"github.com/stratabuild/strata/hack/imagerun"
)

// request is a build whose steps and image are to be looked at.
type request struct {
	dir        string
	dockerfile string // empty is Dockerfile
	target     string
	buildArgs  map[string]string
	attrs      map[string]string // further frontend options
	contexts   map[string]string // named contexts: name to folder
	frontend   string            // an image; empty is Strata's
	builtin    bool              // the frontend inside buildkitd, not an image
	push       string            // push the image there instead of exporting it
}

// outcome is a finished build.
type outcome struct {
	layout   string // the folder that it was exported to
	pushed   string // the reference that it was pushed to, with its digest
	digest   string
	vertexes map[digest.Digest]*client.Vertex
	order    []digest.Digest
}

func (r request) build(t *testing.T) *outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c, err := bench.Client(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	out := &outcome{layout: t.TempDir(), vertexes: map[digest.Digest]*client.Vertex{}}
	opt, err := r.solveOpt(out.layout)
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan *client.SolveStatus)
	var logs []byte
	eg, ctx := errgroup.WithContext(ctx)
	eg.Go(func() error {
		resp, err := c.Solve(ctx, nil, opt, status)
		if err == nil {
			out.digest = resp.ExporterResponse[exptypes.ExporterImageDigestKey]
			out.pushed = r.push + "@" + out.digest
		}
		return err
	})
	eg.Go(func() error {
		for s := range status {
			out.see(s)
			for _, l := range s.Logs {
				logs = append(logs, l.Data...)
			}
		}
		return nil
	})
	if err := eg.Wait(); err != nil {
		t.Fatalf("%s %s: %v\n%s", r.dir, r.dockerfile, err, logs)
	}
	return out
}

func (r request) solveOpt(layout string) (client.SolveOpt, error) {
	local, err := fsutil.NewFS(r.dir)
	if err != nil {
		return client.SolveOpt{}, err
	}
	opt := client.SolveOpt{
		Frontend:      "gateway.v0",
		FrontendAttrs: map[string]string{"source": strata},
		LocalMounts:   map[string]fsutil.FS{"context": local, "dockerfile": local},
		Exports: []client.ExportEntry{{
			Type:      client.ExporterOCI,
			Attrs:     map[string]string{"tar": "false"},
			OutputDir: layout,
		}},
	}
	if r.frontend != "" {
		opt.FrontendAttrs["source"] = r.frontend
	}
	if r.builtin {
		opt.Frontend = "dockerfile.v0"
		delete(opt.FrontendAttrs, "source")
	}
	if r.push != "" {
		opt.Exports = []client.ExportEntry{{
			Type:  client.ExporterImage,
			Attrs: map[string]string{"name": r.push, "push": "true"},
		}}
	}
	r.options(opt.FrontendAttrs)
	for name, dir := range r.contexts {
		if opt.LocalMounts[name], err = fsutil.NewFS(dir); err != nil {
			return opt, err
		}
		opt.FrontendAttrs["context:"+name] = "local:" + name
	}
	return opt, nil
}

func (r request) options(attrs map[string]string) {
	if r.dockerfile != "" {
		attrs["filename"] = r.dockerfile
	}
	if r.target != "" {
		attrs["target"] = r.target
	}
	for name, value := range r.buildArgs {
		attrs["build-arg:"+name] = value
	}
	maps.Copy(attrs, r.attrs)
}

// see takes in what the daemon says about the steps as it goes on.
func (o *outcome) see(s *client.SolveStatus) {
	for _, v := range s.Vertexes {
		if _, known := o.vertexes[v.Digest]; !known {
			o.order = append(o.order, v.Digest)
		}
		o.vertexes[v.Digest] = v
	}
}

// instruction matches the names of steps that come from the Dockerfile.
var instruction = regexp.MustCompile(`^\[(?:[^\]]+ )?\d+/\d+\] `)

// steps are the names of the Dockerfile's steps.
func (o *outcome) steps() []string {
	return o.names(func(*client.Vertex) bool { return true })
}

// ran are the names of the steps that were not cached. The base image is left
// out: to resolve it again is no work.
func (o *outcome) ran() []string {
	from := regexp.MustCompile(`\] FROM `)
	return o.names(func(v *client.Vertex) bool { return !v.Cached && !from.MatchString(v.Name) })
}

func (o *outcome) names(want func(*client.Vertex) bool) (names []string) {
	for _, d := range o.order {
		v := o.vertexes[d]
		if instruction.MatchString(v.Name) && want(v) && !slices.Contains(names, v.Name) {
			names = append(names, v.Name)
		}
	}
	return names
}

func (o *outcome) image(t *testing.T) *imagerun.Image {
	t.Helper()
	img, err := imagerun.Open(o.layout)
	if err != nil {
		t.Fatal(err)
	}
	return img
}
