package plan

import (
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// WithTriggers returns a graph in which the ONBUILD triggers of some stages come
// before their own steps. onBuild holds the indexes of those stages, each with
// the triggers of its base image; those of a base that is a stage are added. The
// result is g itself where nothing is triggered.
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

// clone returns a graph whose list of stages can be changed.
func (g *Graph) clone() *Graph {
	c := *g
	c.Stages = slices.Clone(g.Stages)
	return &c
}

// triggersOfBase lists the triggers that the base of a stage leaves for it,
// where the base is a stage.
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

// prepend replaces a stage by one that runs the triggers first.
func (g *Graph) prepend(i int, expressions []string) error {
	s := *g.Stages[i]
	var steps []Step
	for _, expression := range expressions {
		in, err := syntax.ParseTrigger(expression, s.Source.Location)
		if err != nil {
			return parser.SetLocation(err, s.Source.Location)
		}
		step := Step{Instruction: in}
		if err := g.connect(&step); err != nil {
			return parser.SetLocation(err, s.Source.Location)
		}
		steps = append(steps, step)
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
