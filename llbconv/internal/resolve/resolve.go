// Package resolve is the third pass: it asks for the base images and contexts
// that the stages start from, all at once.
package resolve

import (
	"context"
	"fmt"
	"slices"
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
	State llb.State
	// Empty is set where State is empty and has no environment either.
	Empty bool
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
	r := &resolver{Graph: g, Options: opt}
	var stages []*plan.Stage
	var questions []question // of each stage
	var distinct []question
	place := map[subject]int{}
	for _, s := range g.Stages {
		if _, ok := known[s]; ok || s.Base != nil {
			continue
		}
		if !needed(s) {
			if _, err := fullName(s); err != nil {
				stages, questions = append(stages, s), append(questions, settled{err: err})
			}
			continue
		}
		about := subjectOf(s)
		at, asked := place[about]
		if !asked || !distinct[at].shared() {
			at = len(distinct)
			place[about] = at
			distinct = append(distinct, r.question(s))
		}
		stages, questions = append(stages, s), append(questions, distinct[at])
	}
	askAll(ctx, distinct)
	for i, s := range stages {
		base, err := questions[i].answer()
		if err != nil {
			diags.AddError(parser.WithLocation(err, s.Location))
			continue
		}
		known[s] = base
	}
}

// A subject is what a stage asks about. Stages that ask about the same share a
// question, unless a named context answers it.
type subject struct {
	from, platform string
	replaced       *plan.Stage // set where a named context replaces the stage
}

func subjectOf(s *plan.Stage) subject {
	q := subject{from: s.From}
	if s.Flag != nil {
		q.platform = platforms.FormatAll(*s.Flag)
	}
	if s.Context != nil {
		q.replaced = s
	}
	return q
}

// A question is what has to be asked for a base.
type question interface {
	// ask gets what is needed. It is called once, while others are asked.
	ask(ctx context.Context)
	// answer is the base made of it.
	answer() (*Base, error)
	// shared tells whether the answer is the same for all stages that ask
	// about the same.
	shared() bool
}

// settled is a question that needs no asking.
type settled struct {
	base *Base
	err  error
}

func (settled) ask(context.Context)      {}
func (q settled) answer() (*Base, error) { return q.base, q.err }
func (settled) shared() bool             { return true }

// askAll asks all questions at the same time. What is answered at once is
// answered before the others have started, and not waited for.
func askAll(ctx context.Context, questions []question) {
	questions = slices.DeleteFunc(slices.Clone(questions), func(q question) bool {
		_, needless := q.(settled)
		return needless
	})
	once := make([]sync.Once, len(questions))
	ask := func(i int) { once[i].Do(func() { questions[i].ask(ctx) }) }
	for i := range len(questions) - 1 {
		go ask(i)
	}
	for i := range slices.Backward(questions) {
		ask(i)
	}
}

func fullName(s *plan.Stage) (string, error) {
	name, err := source.FullName(s.From)
	if err != nil {
		return "", fmt.Errorf("failed to parse stage name %q: %w (an image is named like registry/name:tag, in lower case)", s.From, err)
	}
	return name, nil
}

type resolver struct {
	*plan.Graph
	Options
}

func (r *resolver) question(s *plan.Stage) question {
	target := r.Platforms.Target
	if s.From == "scratch" && s.Context == nil {
		return settled{base: &Base{State: llb.Scratch(), Empty: true, Config: image.Empty(target), Platform: &target}}
	}
	name, err := fullName(s)
	if err != nil {
		return settled{err: err}
	}
	if s.Context != nil {
		return &contextQuestion{NamedContext: s.Context, replaces: s}
	}
	platform := s.Flag
	if platform == nil {
		platform = &target
	}
	nc, err := source.Lookup(r.Contexts, name, source.ContextOptions{
		Platform:    platform,
		ResolveMode: r.ResolveMode.String(),
		UsedPaths:   s.Paths.LocalOptions,
	})
	if err != nil {
		return settled{err: err}
	}
	if nc != nil {
		return &contextQuestion{NamedContext: nc, platform: *platform}
	}
	return &imageQuestion{resolver: r, stage: s, name: name, platform: *platform}
}
