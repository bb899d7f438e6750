package plan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/expand"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// connect resolves the stages that a step reads from. It is called while the
// graph is made.
func (g *Graph) connect(step *Step) error {
	switch c := step.Instruction.Command.(type) {
	case *instructions.CopyCommand:
		return g.connectCopy(step, c)
	case *instructions.RunCommand:
		g.connectMounts(step, c)
	}
	return nil
}

func (g *Graph) connectCopy(step *Step, c *instructions.CopyCommand) error {
	if c.From == "" {
		return nil
	}
	from, err := g.copySource(c)
	if err != nil {
		return parser.WithLocation(err, c.Location())
	}
	step.Sources = []int{from}
	return nil
}

// copySource returns the index of the stage that --from names, by number or by
// name.
func (g *Graph) copySource(c *instructions.CopyCommand) (int, error) {
	// The name is expanded without variables, to see that it needs none.
	word, err := expand.New(g.escape).Matches(c.From, env.New(nil))
	if err != nil {
		return NoStage, err
	}
	if word.Result != c.From {
		return NoStage, errors.New("variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround")
	}
	if index, err := strconv.Atoi(c.From); err == nil {
		return index, g.checkIndex(index)
	}
	return g.named(c.From, c.Location()), nil
}

func (g *Graph) checkIndex(i int) error {
	if i >= 0 && i < g.declared {
		return nil
	}
	return diag.WithHint(fmt.Errorf("invalid stage index %d", i), "the Dockerfile's stages are numbered 0 to %d", g.declared-1)
}

// connectMounts gives each mount a source, also where its type needs none: the
// type may be a variable that is not known yet. A mount without from counts as
// one from scratch.
func (g *Graph) connectMounts(step *Step, c *instructions.RunCommand) {
	for _, m := range instructions.GetMounts(c) {
		from := m.From
		if from == "" {
			from = scratch
		}
		step.Sources = append(step.Sources, g.named(from, c.Location()))
	}
}

// named returns the stage of a name. Where there is none it adds one for the
// image or context of that name. Each instruction that names an image has a
// stage of its own for it, as each reads other paths of it.
func (g *Graph) named(name string, location []parser.Range) int {
	if i, ok := g.byName[strings.ToLower(name)]; ok {
		return i
	}
	s := &Stage{
		Source:   &syntax.Stage{BaseName: name, Location: location},
		Index:    len(g.Stages),
		BaseName: name,
		Base:     NoStage,
		Implicit: true,
	}
	g.Stages = append(g.Stages, s)
	return s.Index
}

// checkCycles looks for stages that copy from each other in a circle.
func (g *Graph) checkCycles() error {
	finder := cycleFinder{graph: g, state: make([]visit, len(g.Stages))}
	for _, s := range g.Stages {
		if hops := finder.from(s, nil); hops != nil {
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
	err := diag.WithHint(fmt.Errorf("circular dependency detected on stage: %s", s.Label), "%s", strings.Join(needs, ", "))
	for _, h := range hops {
		err = parser.WithLocation(err, h.step.Instruction.Location())
	}
	return err
}

// A hop is a step that reads from another stage.
type hop struct {
	from, to *Stage
	step     Step
}

// visit is how far the search has come with a stage.
type visit int

const (
	notVisited visit = iota
	onPath
	visited
)

type cycleFinder struct {
	graph *Graph
	state []visit // by stage
}

// from returns the hops from a stage to a circle and round it, nil where there
// is no circle. Of several steps that read from the same stage, the last counts.
func (f cycleFinder) from(s *Stage, path []hop) []hop {
	if f.state[s.Index] == visited {
		return nil
	}
	f.state[s.Index] = onPath
	for _, step := range slices.Backward(s.Steps) {
		for _, i := range step.Sources {
			source := f.graph.Stages[i]
			next := append(path, hop{s, source, step})
			if f.state[i] == onPath {
				return next
			}
			if found := f.from(source, next); found != nil {
				return found
			}
		}
	}
	f.state[s.Index] = visited
	return nil
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
