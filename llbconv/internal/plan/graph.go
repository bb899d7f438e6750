// Package plan is the second pass: it makes a graph of the stages of a
// Dockerfile. Names and indexes are resolved, the target is chosen, and the
// edges of FROM, COPY --from, RUN --mount=from= and ONBUILD are known.
package plan

import (
	"slices"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// A Graph is the stages of one conversion and how they depend on each other.
type Graph struct {
	// Stages are the declared stages in order, then the implicit ones: images
	// and contexts that are named by a COPY or a mount only.
	Stages []*Stage
	Target *Stage
	Globals

	declared int
	byName   map[string]*Stage
}

// A Stage is a node of the graph.
type Stage struct {
	syntax.Stage
	// Label is the name in step names: the stage's own, or stage-N, or empty
	// where it is the only one.
	Label string
	// From is the expanded name after FROM. Empty for a stage whose base is
	// another stage.
	From string
	// Base is the earlier stage that this one starts from.
	Base *Stage
	// Flag is the platform of the --platform flag.
	Flag *ocispecs.Platform
	// Context replaces the whole stage, where the client gave one of its name.
	Context source.NamedContext
	// Implicit stages are named by an instruction, not by a FROM.
	Implicit bool
	// NoCache is set where the client asked for this stage to be run anew.
	NoCache bool
	// Total is the number of steps to show.
	Total int
	Steps []Step
	// Paths collects the paths that are read from the stage.
	Paths PathSet
	// FromArgs are the global args that FROM uses.
	FromArgs map[string]struct{}
	// Lint is the linter with the comments above FROM taken into account.
	Lint *linter.Linter

	triggered bool
}

// A Step is an instruction and the stages that it reads from: one for COPY
// --from, one per mount for RUN.
type Step struct {
	*syntax.Instruction
	Sources []*Stage
}

// A PathSet collects the paths that are used of a context, so that only those
// are transferred. A stage shares the set of its base.
type PathSet map[string]struct{}

// LocalOptions limits a transfer to the paths in the set. The root stands for
// everything.
func (p PathSet) LocalOptions() []llb.LocalOption {
	if _, all := p["/"]; all || len(p) == 0 {
		return nil
	}
	paths := make([]string, 0, len(p))
	for name := range p {
		paths = append(paths, relative(name))
	}
	slices.Sort(paths)
	return []llb.LocalOption{llb.FollowPaths(paths)}
}

// Names lists the names that a stage can be called by.
func (g *Graph) Names() []string {
	var names []string
	for _, s := range g.Stages {
		if s.Label != "" {
			names = append(names, s.Label)
		}
	}
	return names
}

// Reachable is the set of stages that the target needs, itself included.
func (g *Graph) Reachable() map[*Stage]bool {
	seen := make(map[*Stage]bool, len(g.Stages))
	pending := append(make([]*Stage, 0, len(g.Stages)), g.Target)
	for len(pending) > 0 {
		s := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if seen[s] {
			continue
		}
		seen[s] = true
		if s.Base != nil {
			pending = append(pending, s.Base)
		}
		for _, step := range s.Steps {
			for _, src := range step.Sources {
				if src != nil {
					pending = append(pending, src)
				}
			}
		}
	}
	return seen
}

// countSteps is the number of steps that the user sees of a stage: pulling its
// base and all that makes a layer.
func (s *Stage) countSteps() int {
	n := 0
	if s.BaseName != scratch && s.Base == nil {
		n++
	}
	for _, i := range s.Instructions {
		switch i.Command.(type) {
		case *instructions.AddCommand, *instructions.CopyCommand, *instructions.RunCommand, *instructions.WorkdirCommand:
			n++
		}
	}
	return n
}
