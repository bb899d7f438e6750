package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// connect resolves the stages that a step reads from.
func (g *Graph) connect(step *Step) error {
	switch c := step.Command.(type) {
	case *instructions.CopyCommand:
		return g.connectCopy(step, c)
	case *instructions.RunCommand:
		g.connectMounts(step, c)
	}
	return nil
}

// noVariables is what --from is expanded with, to see that it needs none.
var noVariables = env.New(nil)

func (g *Graph) connectCopy(step *Step, c *instructions.CopyCommand) error {
	if c.From == "" {
		return nil
	}
	from, err := g.copySource(c)
	if err != nil {
		return parser.WithLocation(err, c.Location())
	}
	step.Sources = []*Stage{from}
	return nil
}

func (g *Graph) copySource(c *instructions.CopyCommand) (*Stage, error) {
	word, err := g.Words.Matches(c.From, shell.EnvGetter(noVariables))
	if err != nil {
		return nil, err
	}
	if word.Result != c.From {
		return nil, fmt.Errorf("variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround")
	}
	if index, err := strconv.Atoi(c.From); err == nil {
		return g.byIndex(index)
	}
	if s, ok := g.byName[strings.ToLower(c.From)]; ok {
		return s, nil
	}
	return g.implicit(c.From, c.Location()), nil
}

func (g *Graph) byIndex(i int) (*Stage, error) {
	if i < 0 || i >= g.declared {
		return nil, fmt.Errorf("invalid stage index %d (the Dockerfile's stages are numbered 0 to %d)", i, g.declared-1)
	}
	return g.Stages[i], nil
}

// connectMounts gives each mount a source, also where its type needs none: the
// type may be a variable that is not known yet. A mount without from counts as
// one from scratch.
func (g *Graph) connectMounts(step *Step, c *instructions.RunCommand) {
	mounts := instructions.GetMounts(c)
	step.Sources = make([]*Stage, len(mounts))
	for i, m := range mounts {
		from := m.From
		if from == "" {
			from = scratch
		}
		if s, ok := g.byName[strings.ToLower(from)]; ok {
			step.Sources[i] = s
		} else {
			step.Sources[i] = g.implicit(from, c.Location())
		}
	}
}

// implicit adds a stage for an image or context that an instruction names.
// Every use has its own, as each has its own set of used paths.
func (g *Graph) implicit(name string, location []parser.Range) *Stage {
	s := &Stage{
		Stage:    syntax.Stage{BaseName: name, Location: location},
		From:     name,
		Implicit: true,
		Paths:    PathSet{},
	}
	g.Stages = append(g.Stages, s)
	return s
}

// checkCycles looks for stages that copy from each other in a circle.
func (g *Graph) checkCycles() error {
	visit := cycleFinder{state: make(map[*Stage]mark, len(g.Stages))}
	for _, s := range g.Stages {
		if hops := visit.from(s, nil); hops != nil {
			return cycleError(s, hops)
		}
	}
	return nil
}

func cycleError(s *Stage, hops []hop) error {
	needs := make([]string, len(hops))
	for i, h := range hops {
		needs[i] = h.from.Label + " needs " + h.to.Label
	}
	err := fmt.Errorf("circular dependency detected on stage: %s (%s)", s.Label, strings.Join(needs, ", "))
	for _, h := range hops {
		err = parser.WithLocation(err, h.step.Location())
	}
	return err
}

// A hop is a step that takes one stage to another.
type hop struct {
	from, to *Stage
	step     Step
}

type mark int

const (
	unseen mark = iota
	onPath
	done
)

type cycleFinder struct{ state map[*Stage]mark }

// from returns the way from s to a circle and round it.
func (f cycleFinder) from(s *Stage, path []hop) []hop {
	if f.state[s] == done {
		return nil
	}
	f.state[s] = onPath
	for _, step := range s.Steps {
		for _, src := range step.Sources {
			next := append(path, hop{s, src, step})
			if f.state[src] == onPath {
				return next
			}
			if found := f.from(src, next); found != nil {
				return found
			}
		}
	}
	f.state[s] = done
	return nil
}

// Trigger puts the ONBUILD triggers of a stage's base before its own steps.
// It returns whether they read from other stages, so that more may have to be
// resolved.
func (g *Graph) Trigger(s *Stage, ofImage []string) (bool, error) {
	expressions := append([]string(nil), ofImage...)
	if s.Base != nil && !s.triggered {
		s.triggered = true
		for _, step := range s.Base.Steps {
			if on, ok := step.Command.(*instructions.OnbuildCommand); ok {
				expressions = append(expressions, on.Expression)
			}
		}
	}
	if len(expressions) == 0 {
		return false, nil
	}
	steps := make([]Step, 0, len(expressions)+len(s.Steps))
	more := false
	for _, expression := range expressions {
		in, err := syntax.ParseTrigger(expression, s.Location)
		if err != nil {
			return false, parser.SetLocation(err, s.Location)
		}
		step := Step{Instruction: &in}
		if err := g.connect(&step); err != nil {
			return false, parser.SetLocation(err, s.Location)
		}
		more = more || len(step.Sources) > 0
		steps = append(steps, step)
	}
	if !s.Implicit { // those of an image that is only read from are not run
		s.Total += len(steps)
	}
	s.Steps = append(steps, s.Steps...)
	return more, nil
}

// SuggestName adds the nearest stage or well-known image name to an error
// about a name that could not be found.
func (g *Graph) SuggestName(err error, name string) error {
	return suggest.WrapError(err, name, append(g.Names(), wellKnownImages()...), true)
}

func wellKnownImages() []string {
	var names []string
	for _, image := range []string{"alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora", "node", "python", "nginx"} {
		names = append(names, image, image+":latest")
	}
	return names
}
