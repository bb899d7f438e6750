package plan

import (
	"cmp"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/expand"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// scratch is the name of the empty image.
const scratch = "scratch"

// Options say how to plan.
type Options struct {
	// Target is the name of the stage to build, empty for the last one.
	Target    string
	Platforms Platforms
	// Contexts are the client's named contexts.
	Contexts source.Contexts
	// ResolveMode is passed to named contexts.
	ResolveMode string
	// NoCache reports whether the steps of a stage ignore the cache. The name is
	// empty for a stage without one.
	NoCache func(stage string) bool
	// Check is the configuration of the lint rules; nil leaves them out.
	Check *linter.Config
}

// Build makes the graph of a file. It collects the errors of all stages. The graph
// is usable only if there are none.
func Build(f *syntax.File, globals Globals, opt Options) (*Graph, diag.List) {
	var found diag.Recorder
	b := graphBuilder{
		graph: &Graph{
			declared: len(f.Stages),
			byName:   make(map[string]int, len(f.Stages)),
			escape:   f.Escape,
		},
		globals: globals,
		options: opt,
		words:   expand.New(f.Escape),
		lint:    found.Linter(opt.Check),
	}
	for i := range f.Stages {
		found.Error(b.declare(&f.Stages[i]))
	}
	found.Error(b.chooseTarget())
	for _, s := range b.graph.Stages[:b.graph.declared] {
		for i := range s.Steps {
			found.Error(b.graph.connect(&s.Steps[i]))
		}
	}
	if !found.Failed() {
		found.Error(b.graph.checkCycles())
	}
	if len(b.graph.Stages) == 1 {
		b.graph.Stages[0].Label = ""
	}
	return b.graph, found.List()
}

// graphBuilder makes a graph.
type graphBuilder struct {
	graph   *Graph
	globals Globals
	options Options
	words   *expand.Lexer
	lint    *linter.Linter
}

// declare adds the stage of one FROM. It also adds a stage that is in error, so that
// the other stages keep their indexes.
func (b graphBuilder) declare(src *syntax.Stage) error {
	g := b.graph
	s := &Stage{Source: src, Index: len(g.Stages), Label: src.Name, Base: NoStage}
	s.Steps = make([]Step, len(src.Instructions))
	for i, in := range src.Instructions {
		s.Steps[i] = Step{Instruction: in}
	}
	lint := diag.WithComments(b.lint, src.Comments)
	err := b.expandFrom(s, lint)
	if err == nil {
		err = b.override(s)
	}
	if s.Context == nil {
		b.start(s)
	}
	g.Stages = append(g.Stages, s)
	if src.Name != "" {
		g.byName[src.Name] = s.Index
	}
	return err
}

// start fills in the fields of a stage that no named context replaces.
func (b graphBuilder) start(s *Stage) {
	if base, ok := b.graph.byName[strings.ToLower(s.BaseName)]; ok {
		s.Base = base
	}
	s.Total = s.countSteps()
	if b.options.NoCache != nil {
		s.NoCache = b.options.NoCache(s.Source.Name)
	}
	if s.Source.Name == "" {
		s.Label = "stage-" + strconv.Itoa(s.Index)
	}
}

// countSteps returns the number of steps that the progress display shows of a
// stage: the pull of its base, and each instruction that makes a layer.
func (s *Stage) countSteps() int {
	n := 0
	if s.BaseName != scratch && s.Base == NoStage {
		n++
	}
	for _, step := range s.Steps {
		switch step.Instruction.Command.(type) {
		case *instructions.AddCommand, *instructions.CopyCommand, *instructions.RunCommand, *instructions.WorkdirCommand:
			n++
		}
	}
	return n
}

func (b graphBuilder) expandFrom(s *Stage, lint *linter.Linter) error {
	word, err := b.words.Matches(s.Source.BaseName, b.globals.Env)
	b.checkFromArgs(word.Unmatched, s, lint)
	if err != nil {
		return parser.WithLocation(err, s.Source.Location)
	}
	if word.Result == "" {
		err := fmt.Errorf("base name (%s) should not be blank", s.Source.BaseName)
		return parser.WithLocation(b.suggestArg(err, word.Unmatched), s.Source.Location)
	}
	s.BaseName = word.Result
	s.FromArgs = maps.Clone(word.Matched)
	if s.Source.Platform == "" {
		return nil
	}
	return b.expandPlatform(s, lint)
}

func (b graphBuilder) expandPlatform(s *Stage, lint *linter.Linter) error {
	flag := s.Source.Platform
	word, err := b.words.Matches(flag, b.globals.Env)
	b.checkFromArgs(word.Unmatched, s, lint)
	b.checkRedundantPlatform(word, s, lint)
	checkConstPlatform(word, s, lint)
	if err != nil {
		err = fmt.Errorf("failed to process arguments for platform %s: %w", word.Result, err)
		return parser.WithLocation(err, s.Source.Location)
	}
	if word.Result == "" {
		err := fmt.Errorf("empty platform value from expression %s", flag)
		return b.suggestArg(parser.WithLocation(err, s.Source.Location), word.Unmatched)
	}
	p, err := platforms.Parse(word.Result)
	if err != nil {
		err = b.suggestArg(parser.WithLocation(err, s.Source.Location), word.Unmatched)
		return fmt.Errorf("failed to parse platform %s: %w", flag, err)
	}
	s.PlatformFlag = &p
	for name := range word.Matched {
		if s.FromArgs == nil {
			s.FromArgs = map[string]struct{}{}
		}
		s.FromArgs[name] = struct{}{}
	}
	return nil
}

// override looks for a named context that replaces the stage.
func (b graphBuilder) override(s *Stage) error {
	if s.Source.Name == "" {
		return nil
	}
	nc, err := source.Lookup(b.options.Contexts, s.Source.Name, source.ContextOptions{
		Platform:    cmp.Or(s.PlatformFlag, b.options.Platforms.Asked()),
		ResolveMode: b.options.ResolveMode,
	})
	s.Context = nc
	return parser.WithLocation(err, s.Source.Location)
}

func (b graphBuilder) chooseTarget() error {
	g, name := b.graph, b.options.Target
	if name == "" {
		g.Target = g.Stages[len(g.Stages)-1]
		return nil
	}
	target, ok := g.byName[strings.ToLower(name)]
	if !ok {
		err := fmt.Errorf("target stage %q could not be found", name)
		return suggest.WrapError(err, name, g.Names(), true)
	}
	g.Target = g.Stages[target]
	return nil
}

func (b graphBuilder) suggestArg(err error, unmatched map[string]struct{}) error {
	for _, name := range sortedKeys(unmatched) {
		if found, wrapped := suggest.WrapErrorMaybe(err, name, b.globals.Env.Keys(), true); found {
			return wrapped
		}
	}
	return err
}
