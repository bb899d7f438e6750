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

// sources returns the indexes of the stages that an instruction reads from. It
// adds implicit stages, and is called only while a graph is made.
func (g *Graph) sources(in syntax.Instruction) ([]int, error) {
	switch c := in.Command.(type) {
	case *instructions.CopyCommand:
		if c.From == "" {
			return nil, nil
		}
		from, err := g.copySource(c)
		if err != nil {
			return nil, parser.WithLocation(err, c.Location())
		}
		return []int{from}, nil
	case *instructions.RunCommand:
		return g.mountSources(c), nil
	}
	return nil, nil
}

// copySource returns the index of the stage that --from names, by number or by
// name.
func (g *Graph) copySource(c *instructions.CopyCommand) (int, error) {
	// The expansion without variables shows whether the name contains any.
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
	return g.findOrAddStage(c.From, c.Location()), nil
}

func (g *Graph) checkIndex(i int) error {
	if i >= 0 && i < g.declared {
		return nil
	}
	return diag.WithHint(fmt.Errorf("invalid stage index %d", i), "the Dockerfile's stages are numbered 0 to %d", g.declared-1)
}

// mountSources returns a source for each mount, even if its type needs none, as
// the type may be a variable. A mount without from reads from scratch.
func (g *Graph) mountSources(c *instructions.RunCommand) (sources []int) {
	for _, m := range instructions.GetMounts(c) {
		from := m.From
		if from == "" {
			from = scratch
		}
		sources = append(sources, g.findOrAddStage(from, c.Location()))
	}
	return sources
}

// findOrAddStage returns the index of the stage of a name. If there is none, it adds an
// implicit stage for the image or context of that name. Each instruction gets
// an implicit stage of its own, as each reads other paths of it.
func (g *Graph) findOrAddStage(name string, location []parser.Range) int {
	if i, ok := g.byName[strings.ToLower(name)]; ok {
		return i
	}
	s := &Stage{
		Source:   &syntax.Stage{BaseName: name, Location: location},
		Index:    len(g.Stages),
		From:     From{Name: name, Stage: NoStage},
		Implicit: true,
	}
	g.Stages = append(g.Stages, s)
	return s.Index
}

// checkCycles finds stages that depend on each other in a cycle.
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

// visit is the state of the search at a stage.
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

// from returns the hops from a stage into a cycle and around it, nil if there
// is no cycle. If several steps read from the same stage, the last one is
// reported.
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

// SuggestName adds the most similar name of a stage or a well-known image to
// the error about an unknown name.
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
