// Package resolve is the third pass: it asks for the base images and contexts
// that the stages start from, all at once.
package resolve

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/guard"
	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/source"
)

// A Base is what a stage starts from.
type Base struct {
	State llb.State
	// Ref is the pinned image reference, empty where the base is no image or
	// has no layer.
	Ref string
	// Config is only read: lowering makes its own copy.
	Config image.Config
	// Original is the config as it was found, nil where there is none.
	Original *image.Config
	// Platform is nil where a named context did not tell it.
	Platform *ocispecs.Platform
	// Whole is set where this is all there is to the stage: its own
	// instructions do not count.
	Whole bool
}

// Options say how to resolve.
type Options struct {
	Platforms     plan.Platforms
	Images        source.Images
	Contexts      source.Contexts
	ResolveMode   llb.ResolveMode
	MultiPlatform bool
}

// Stages resolves the bases of the stages that have one of their own and are
// not in known yet, and adds them to it. A stage that is not needed is only
// checked for a readable name. All errors are reported, in the order of the
// stages.
func Stages(ctx context.Context, g *plan.Graph, needed func(*plan.Stage) bool, known map[*plan.Stage]Base, opt Options, diags *diag.List) {
	r := resolver{Graph: g, Options: opt}
	type answer struct {
		stage *plan.Stage
		base  Base
		err   error
	}
	var answers []*answer
	var wg sync.WaitGroup
	for _, s := range g.Stages {
		if _, ok := known[s]; ok || s.Base != nil {
			continue
		}
		if !needed(s) {
			diags.AddError(checkName(s))
			continue
		}
		a := &answer{stage: s}
		answers = append(answers, a)
		wg.Go(func() { a.base, a.err = r.stage(ctx, a.stage) })
	}
	wg.Wait()
	for _, a := range answers {
		if a.err != nil {
			diags.AddError(parser.WithLocation(a.err, a.stage.Location))
			continue
		}
		known[a.stage] = a.base
	}
}

func checkName(s *plan.Stage) error {
	_, err := normalize(s)
	return parser.WithLocation(err, s.Location)
}

func normalize(s *plan.Stage) (reference.Named, error) {
	ref, err := reference.ParseNormalizedNamed(s.From)
	if err != nil {
		return nil, fmt.Errorf("failed to parse stage name %q: %w (an image is named like registry/name:tag, in lower case)", s.From, err)
	}
	return ref, nil
}

type resolver struct {
	*plan.Graph
	Options
}

func (r resolver) stage(ctx context.Context, s *plan.Stage) (_ Base, err error) {
	defer guard.Recover(&err)
	target := r.Platforms.Target
	if s.From == "scratch" && s.Context == nil {
		return Base{State: llb.Scratch(), Config: image.Empty(target), Platform: &target, Whole: s.Implicit}, nil
	}
	ref, err := normalize(s)
	if err != nil {
		return Base{}, err
	}
	if s.Context != nil {
		return r.replaced(ctx, s)
	}
	platform := s.Flag
	if platform == nil {
		platform = &target
	}
	nc, err := source.Lookup(r.Contexts, reference.TagNameOnly(ref).String(), source.ContextOptions{
		Platform:    platform,
		ResolveMode: r.ResolveMode.String(),
		UsedPaths:   s.Paths.LocalOptions,
	})
	if err != nil {
		return Base{}, err
	}
	var base Base
	if nc != nil {
		base, err = fromContext(ctx, nc, *platform)
	} else {
		base, err = r.fromImage(ctx, s, reference.TagNameOnly(ref).String(), *platform)
	}
	base.Whole = s.Implicit
	return base, err
}

// replaced is a stage that a named context stands for, as a whole.
func (r resolver) replaced(ctx context.Context, s *plan.Stage) (Base, error) {
	st, img, err := s.Context.Load(ctx)
	if err != nil {
		return Base{}, err
	}
	base := Base{State: *st, Platform: s.Flag, Whole: true}
	if img != nil {
		base.Config = *img
		base.Config.Created = nil
		if p := image.Platform(*img); p != nil {
			base.Platform = p
		}
	}
	return base, nil
}

// fromContext is a base image that a named context stands for.
func fromContext(ctx context.Context, nc source.NamedContext, platform ocispecs.Platform) (Base, error) {
	st, img, err := nc.Load(ctx)
	if err != nil {
		return Base{}, err
	}
	if img == nil {
		empty := image.Empty(platform)
		img = &empty
	}
	base := Base{State: st.Platform(platform), Config: *img, Original: img, Platform: &platform}
	base.Config.Created = nil
	return base, nil
}

func (r resolver) fromImage(ctx context.Context, s *plan.Stage, name string, platform ocispecs.Platform) (Base, error) {
	pinned, config, err := r.ask(ctx, name, platform)
	if err != nil {
		return Base{}, r.SuggestName(fmt.Errorf("%s: %w", s.From, err), s.From)
	}
	var img image.Config
	if err := json.Unmarshal(config, &img); err != nil {
		return Base{}, fmt.Errorf("failed to parse image config of %s: %w", name, err)
	}
	original := img
	img.Created = nil
	if s.Flag == nil && r.Platforms.Implicit {
		platform = detectPlatform(img, platform, r.Platforms.Build)
	}
	base := Base{Ref: pinned, Config: img, Original: &original, Platform: &platform}
	if hasNoLayer(img) {
		base.Ref = ""
		base.State = llb.Scratch()
	}
	return base, nil
}

// ask resolves an image to a reference with its digest, and its config.
func (r resolver) ask(ctx context.Context, name string, platform ocispecs.Platform) (pinned string, config []byte, err error) {
	prefix := "[internal]"
	if r.MultiPlatform {
		prefix = "[" + platforms.FormatAll(platform) + " internal]"
	}
	found, dgst, config, err := r.Images.ResolveImageConfig(ctx, name, sourceresolver.Opt{
		LogName: fmt.Sprintf("%s load metadata for %s", prefix, name),
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &platform,
			ResolveMode: r.ResolveMode.String(),
		},
	})
	if err != nil {
		return "", nil, err
	}
	ref, err := reference.ParseNormalizedNamed(found)
	if err != nil {
		return "", nil, fmt.Errorf("failed to parse ref %q: %w", found, err)
	}
	if dgst != "" {
		if ref, err = reference.WithDigest(ref, dgst); err != nil {
			return "", nil, err
		}
	}
	return ref.String(), config, nil
}

// detectPlatform takes the platform of the image where the client asked for
// none and the builder supports it.
func detectPlatform(img image.Config, target ocispecs.Platform, supported []ocispecs.Platform) ocispecs.Platform {
	same := func(p ocispecs.Platform) bool { return p.OS == img.OS && p.Architecture == img.Architecture }
	if same(target) {
		return target
	}
	for _, p := range supported {
		if same(p) {
			return p
		}
	}
	return target
}

// hasNoLayer tells an image without any layer. Images of manifest schema 1
// list no layers, but have a history.
func hasNoLayer(img image.Config) bool {
	if len(img.RootFS.DiffIDs) > 0 {
		return false
	}
	for _, h := range img.History {
		if !h.EmptyLayer {
			return false
		}
	}
	return true
}
