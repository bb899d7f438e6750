// Package resolve is the third pass: it asks for all external inputs of a
// conversion: the images and contexts that stages start from, and the time of
// the source that SOURCE_DATE_EPOCH names.
package resolve

import (
	"context"
	"fmt"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/source"
)

// A Base is what a stage starts from.
type Base struct {
	// Content is the filesystem, unless Ref is set.
	Content source.Content
	// Empty is set for scratch, which has no files and no environment.
	Empty bool
	// Ref is the name of the image with its digest. It is empty if the base is
	// not an image, or has no layer.
	Ref string
	// Image is the image that a registry was asked for, nil if none was.
	Image *Image
	// Config is read only: lowering makes a copy.
	Config image.Config
	// Original is the unchanged config, nil if there is none.
	Original *image.Config
	// Platform is nil for a named context without a platform.
	Platform *ocispecs.Platform
	// ReplacesStage is set if the base replaces the stage with its
	// instructions.
	ReplacesStage bool
}

// An Image is an image that a registry has.
type Image struct {
	// Name is the full name in the request, Found the name and the digest in the
	// answer. The digest is missing if the daemon reports none.
	Name, Found string
	// Answer is the name in the answer as it is. It is another than Name if a source
	// policy of the client replaces the image or pins it.
	Answer string
}

// Options are the options of the pass.
type Options struct {
	Platforms     plan.Platforms
	Images        source.Images
	Contexts      source.Contexts
	BuildArgs     map[string]string
	ResolveMode   llb.ResolveMode
	MultiPlatform bool
	GitAdvice     bool
}

// Stages resolves the bases of stages, all at once. It leaves out the stages in
// known, and those whose base is a stage. needed holds for each stage whether
// the conversion reads it; of other stages it checks only the name. The errors
// are in the order of the stages.
func Stages(ctx context.Context, g *plan.Graph, needed []bool, known map[int]*Base, opt Options) (map[int]*Base, diag.List) {
	var found diag.Recorder
	var requests []*request                  // each once
	asked := make([]*request, len(g.Stages)) // by stage, nil for a stage that is left out
	shared := map[baseKey]*request{}
	for _, s := range g.Stages {
		if _, ok := known[s.Index]; ok || s.From.Stage != plan.NoStage {
			continue
		}
		if !needed[s.Index] {
			if _, err := fullName(s); err != nil {
				asked[s.Index] = &request{err: err}
			}
			continue
		}
		key := keyOf(s)
		r, ok := shared[key]
		if !ok {
			r = &request{of: newRequest(g, s, opt)}
			requests = append(requests, r)
			if r.of.isShared() {
				shared[key] = r
			}
		}
		asked[s.Index] = r
	}
	askAll(ctx, requests)
	bases := make(map[int]*Base, len(asked))
	for _, s := range g.Stages {
		switch r := asked[s.Index]; {
		case r == nil:
		case r.err != nil:
			found.Error(parser.WithLocation(r.err, s.Source.Location))
		default:
			bases[s.Index] = r.base
		}
	}
	return bases, found.List()
}

// A baseKey identifies a base. Stages with the same key can share a request.
type baseKey struct{ name, platform string }

func keyOf(s *plan.Stage) baseKey {
	key := baseKey{name: s.From.Name}
	if s.From.Platform != nil {
		key.platform = platforms.FormatAll(*s.From.Platform)
	}
	if s.Context != nil {
		key.name = fmt.Sprintf("%d", s.Index) // no other stage has this context
	}
	return key
}

// A baseRequest is the request for a base.
type baseRequest interface {
	// ask waits for the answer. It is called once.
	ask(ctx context.Context) (*Base, error)
	// isShared reports whether all stages with the same key can use the base.
	isShared() bool
}

// staticBase is a base that is known without a request.
type staticBase struct {
	known *Base
	err   error
}

func (b *staticBase) ask(context.Context) (*Base, error) { return b.known, b.err }
func (*staticBase) isShared() bool                       { return true }

// A request is a baseRequest with its answer.
type request struct {
	of   baseRequest
	base *Base
	err  error
}

func (r *request) ask(ctx context.Context) { r.base, r.err = r.of.ask(ctx) }

// askAll makes all requests at the same time. The last one needs no goroutine.
func askAll(ctx context.Context, requests []*request) {
	var wg sync.WaitGroup
	var last *request
	for _, r := range requests {
		if _, known := r.of.(*staticBase); known {
			r.ask(ctx)
			continue
		}
		if earlier := last; earlier != nil {
			wg.Go(func() { earlier.ask(ctx) })
		}
		last = r
	}
	if last != nil {
		last.ask(ctx)
	}
	wg.Wait()
}

func fullName(s *plan.Stage) (string, error) {
	name, err := source.FullName(s.From.Name)
	if err != nil {
		return "", diag.WithHint(fmt.Errorf("failed to parse stage name %q: %w", s.From.Name, err),
			"an image is named like registry/name:tag, in lower case")
	}
	return name, nil
}

func newRequest(g *plan.Graph, s *plan.Stage, opt Options) baseRequest {
	target := opt.Platforms.Target
	if s.From.Name == "scratch" && s.Context == nil {
		return &staticBase{known: &Base{Empty: true, Config: image.Empty(target), Platform: &target}}
	}
	name, err := fullName(s)
	if err != nil {
		return &staticBase{err: err}
	}
	if s.Context != nil {
		return &contextRequest{context: s.Context, replaces: s}
	}
	platform := s.From.Platform
	if platform == nil {
		platform = &target
	}
	nc, err := source.Lookup(opt.Contexts, name, source.ContextOptions{
		Platform:    platform,
		ResolveMode: opt.ResolveMode.String(),
	})
	if err != nil {
		return &staticBase{err: err}
	}
	if nc != nil {
		return &contextRequest{context: nc, platform: *platform}
	}
	if opt.Images == nil {
		return &staticBase{err: diag.WithHint(fmt.Errorf("no image config of %s can be looked up", name), "set Sources.Images")}
	}
	return &imageRequest{graph: g, stage: s, options: opt, name: name, platform: *platform}
}
