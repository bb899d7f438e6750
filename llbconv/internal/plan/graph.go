// Package plan is the second pass: it makes a graph of the stages of a
// Dockerfile. Names and indexes are resolved, the target is chosen, and the
// edges of FROM, COPY --from, RUN --mount=from= and ONBUILD are known.
//
// A graph is a value: no pass changes it. The triggers of base images, which
// are known only after those are resolved, make a new graph; see WithTriggers.
package plan

import (
	"slices"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// A Graph is the stages of one conversion and their dependencies.
type Graph struct {
	// Stages are the declared stages in order, then the implicit ones: images
	// and contexts that only a COPY or a mount names.
	Stages []*Stage
	Target *Stage

	declared int            // number of stages in the file
	byName   map[string]int // name in lower case -> index
	escape   rune           // of the file
}

// NoStage is the index of no stage.
const NoStage = -1

// A Stage is a node of the graph.
type Stage struct {
	// Source is the FROM as written. For an implicit stage it has the name and
	// the place from the instruction.
	Source *syntax.Stage
	// Index is the index in Graph.Stages.
	Index int
	// Label is the name of the stage in step names: its own, or stage-N, or
	// empty for the only stage.
	Label string
	From  From
	// UsedArgs are the global args in its FROM and in those of its bases, for the
	// outline. The FROM of a stage that a named context replaces is left out.
	UsedArgs map[string]struct{}
	// Context is the client's named context that replaces the stage, nil if
	// there is none.
	Context source.NamedContext
	// Implicit is set for a stage that an instruction names, and no FROM
	// declares.
	Implicit bool
	// NoCache is set if the client asked for this stage to ignore the cache.
	NoCache bool
	// Total is the number of steps in step names.
	Total int
	Steps []Step
}

// A From is a FROM with its variables expanded.
type From struct {
	// Name is the name of an image, a context or a stage.
	Name string
	// Stage is the index of the stage of that name, NoStage if there is none.
	Stage int
	// Platform is the value of --platform, nil if it is not set.
	Platform *ocispecs.Platform
	// Args are the global args that the FROM uses.
	Args map[string]struct{}
}

// A Step is an instruction and the indexes of the stages that it reads from: one
// for COPY --from, one per mount for RUN.
type Step struct {
	Instruction syntax.Instruction
	Sources     []int
}

// Names lists the names by which the file can refer to stages.
func (g *Graph) Names() []string {
	var names []string
	for _, s := range g.Stages {
		if s.Label != "" {
			names = append(names, s.Label)
		}
	}
	return names
}

// BaseOf returns the stage that a stage starts from, nil for an image.
func (g *Graph) BaseOf(s *Stage) *Stage {
	if s.From.Stage == NoStage {
		return nil
	}
	return g.Stages[s.From.Stage]
}

// RootOf returns the first stage in the chain of bases of a stage.
func (g *Graph) RootOf(s *Stage) *Stage {
	for s.From.Stage != NoStage {
		s = g.Stages[s.From.Stage]
	}
	return s
}

// Reachable returns for each stage, by index, whether the target needs it. The
// target needs itself.
func (g *Graph) Reachable() []bool {
	seen := make([]bool, len(g.Stages))
	pending := []int{g.Target.Index}
	for len(pending) > 0 {
		s := g.Stages[pending[len(pending)-1]]
		pending = pending[:len(pending)-1]
		if seen[s.Index] {
			continue
		}
		seen[s.Index] = true
		if s.From.Stage != NoStage {
			pending = append(pending, s.From.Stage)
		}
		for _, step := range s.Steps {
			pending = append(pending, step.Sources...)
		}
	}
	return seen
}

// UsesInFrom reports whether a FROM expands the global arg.
func (g *Graph) UsesInFrom(arg string) bool {
	return slices.ContainsFunc(g.Stages, func(s *Stage) bool {
		_, uses := s.From.Args[arg]
		return uses
	})
}
