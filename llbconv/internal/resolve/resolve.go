// Package resolve is the third pass: it asks for the base images and contexts
// that the stages start from, all at once.
package resolve

import (
	"context"
	"fmt"
	"sync"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
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
	// Whole is set where the base replaces the stage: its own instructions do
	// not count.
	Whole bool

	named bool // it is a named context, which is read by each stage for itself
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
func Stages(ctx context.Context, g *plan.Graph, needed func(*plan.Stage) bool, known map[*plan.Stage]*Base, opt Options, diags *diag.List) {
	var answers []*answer
	var groups [][]*answer
	place := map[question]int{}
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
		at, asked := place[questionOf(s)]
		if !asked {
			at = len(groups)
			place[questionOf(s)] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], a)
	}
	resolver{Graph: g, Options: opt}.all(ctx, groups)
	for _, a := range answers {
		if a.err != nil {
			diags.AddError(parser.WithLocation(a.err, a.stage.Location))
			continue
		}
		known[a.stage] = a.base
	}
}

// A question is what a stage asks for. Stages that ask the same get the same
// answer, unless a named context gives it.
type question struct {
	from, platform string
	replaced       *plan.Stage // set where a named context replaces the stage
}

func questionOf(s *plan.Stage) question {
	q := question{from: s.From}
	if s.Flag != nil {
		q.platform = platforms.FormatAll(*s.Flag)
	}
	if s.Context != nil {
		q.replaced = s
	}
	return q
}

type answer struct {
	stage *plan.Stage
	base  *Base
	err   error
}

// all asks all questions at the same time. Each group asks the same.
func (r resolver) all(ctx context.Context, groups [][]*answer) {
	var wg sync.WaitGroup
	ask := func(a *answer) { a.base, a.err = r.stage(ctx, a.stage) }
	answerGroup := func(group []*answer) {
		first := group[0]
		ask(first)
		for _, a := range group[1:] {
			if first.err == nil && first.base.named {
				wg.Go(func() { ask(a) })
			} else {
				a.base, a.err = first.base, first.err
			}
		}
	}
	for i, group := range groups {
		if i < len(groups)-1 {
			wg.Go(func() { answerGroup(group) })
		} else {
			answerGroup(group)
		}
	}
	wg.Wait()
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

func (r resolver) stage(ctx context.Context, s *plan.Stage) (_ *Base, err error) {
	defer guard.Recover(&err)
	target := r.Platforms.Target
	if s.From == "scratch" && s.Context == nil {
		return &Base{State: llb.Scratch(), Config: image.Empty(target), Platform: &target}, nil
	}
	ref, err := normalize(s)
	if err != nil {
		return nil, err
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
		return nil, err
	}
	if nc != nil {
		return fromContext(ctx, nc, *platform)
	}
	return r.fromImage(ctx, s, reference.TagNameOnly(ref), *platform)
}

// replaced is a stage that a named context stands for, as a whole.
func (r resolver) replaced(ctx context.Context, s *plan.Stage) (*Base, error) {
	st, img, err := s.Context.Load(ctx)
	if err != nil {
		return nil, err
	}
	base := &Base{State: *st, Platform: s.Flag, Whole: true}
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
func fromContext(ctx context.Context, nc source.NamedContext, platform ocispecs.Platform) (*Base, error) {
	st, img, err := nc.Load(ctx)
	if err != nil {
		return nil, err
	}
	if img == nil {
		empty := image.Empty(platform)
		img = &empty
	}
	base := &Base{State: st.Platform(platform), Config: *img, Original: img, Platform: &platform, named: true}
	base.Config.Created = nil
	return base, nil
}
