package plan

import (
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// WithTriggers returns a graph in which the ONBUILD triggers of some stages run
// before their own steps. The keys of onBuild are the indexes of these stages,
// the values the triggers of their base images. WithTriggers adds the triggers
// of a base that is a stage. It returns g itself if there are no triggers.
func WithTriggers(g *Graph, onBuild map[int][]string) (*Graph, diag.List) {
	var found diag.Recorder
	next := g
	for i := range g.Stages { // a base stage comes before the stages on it
		ofImage, asked := onBuild[i]
		if !asked {
			continue
		}
		expressions := append(slices.Clone(ofImage), next.triggersOfBase(i)...)
		if len(expressions) == 0 {
			continue
		}
		if next == g {
			next = g.clone()
		}
		found.Error(next.prepend(i, expressions))
	}
	return next, found.List()
}

// clone returns a graph with a list of stages of its own.
func (g *Graph) clone() *Graph {
	c := *g
	c.Stages = slices.Clone(g.Stages)
	return &c
}

// triggersOfBase lists the triggers of the base of a stage, if that is a stage.
func (g *Graph) triggersOfBase(i int) (expressions []string) {
	base := g.BaseOf(g.Stages[i])
	if base == nil {
		return nil
	}
	for _, step := range base.Steps {
		if on, ok := step.Instruction.Command.(*instructions.OnbuildCommand); ok {
			expressions = append(expressions, on.Expression)
		}
	}
	return expressions
}

// prepend replaces a stage by a copy that runs the triggers first.
func (g *Graph) prepend(i int, expressions []string) error {
	s := *g.Stages[i]
	var steps []Step
	for _, expression := range expressions {
		in, err := syntax.ParseTrigger(expression, g.escape, s.Source.Location)
		if err != nil {
			return parser.SetLocation(err, s.Source.Location)
		}
		sources, err := g.sources(in)
		if err != nil {
			return parser.SetLocation(err, s.Source.Location)
		}
		steps = append(steps, Step{Instruction: in, Sources: sources})
	}
	s.Total += len(steps)
	s.Steps = append(steps, s.Steps...)
	g.replace(&s)
	return nil
}

func (g *Graph) replace(s *Stage) {
	g.Stages[s.Index] = s
	if g.Target.Index == s.Index {
		g.Target = s
	}
}
