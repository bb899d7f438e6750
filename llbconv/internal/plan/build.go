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
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

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
			sources, err := b.graph.sources(s.Steps[i].Instruction)
			s.Steps[i].Sources = sources
			found.Error(err)
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
	from, err := b.expandFrom(src)
	s := Stage{Source: src, Index: len(g.Stages), Label: src.Name, From: from, Steps: make([]Step, len(src.Instructions))}
	for i, in := range src.Instructions {
		s.Steps[i] = Step{Instruction: in}
	}
	if err == nil {
		s.Context, err = b.override(src, from)
	}
	s.UsedArgs = b.usedArgs(s)
	if s.Context == nil {
		s = b.start(s)
	}
	g.Stages = append(g.Stages, &s)
	if src.Name != "" {
		g.byName[src.Name] = s.Index
	}
	return err
}

// usedArgs returns the global args in the FROM of a stage, unless a named context
// replaces the stage, and in those of its bases.
func (b graphBuilder) usedArgs(s Stage) map[string]struct{} {
	var used map[string]struct{}
	if base, ok := b.graph.byName[strings.ToLower(s.From.Name)]; ok {
		used = b.graph.Stages[base].UsedArgs
	}
	switch {
	case s.Context != nil || len(s.From.Args) == 0:
		return used
	case len(used) == 0:
		return s.From.Args
	}
	all := maps.Clone(used)
	maps.Copy(all, s.From.Args)
	return all
}

// start returns a stage that no named context replaces, with its base and with
// what the progress display and the cache need.
func (b graphBuilder) start(s Stage) Stage {
	if base, ok := b.graph.byName[strings.ToLower(s.From.Name)]; ok {
		s.From.Stage = base
	}
	s.Total = s.countSteps()
	if b.options.NoCache != nil {
		s.NoCache = b.options.NoCache(s.Source.Name)
	}
	if s.Source.Name == "" {
		s.Label = "stage-" + strconv.Itoa(s.Index)
	}
	return s
}

// countSteps returns the number of steps that the progress display shows of a
// stage: the pull of its base, and each instruction that makes a layer.
func (s Stage) countSteps() int {
	n := 0
	if s.From.Name != scratch && s.From.Stage == NoStage {
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

// expandFrom expands the variables in a FROM. The stage of the name is not yet
// known.
func (b graphBuilder) expandFrom(src *syntax.Stage) (From, error) {
	from := From{Stage: NoStage}
	lint := diag.WithComments(b.lint, src.Comments)
	word, err := b.words.Matches(src.BaseName, b.globals.Env)
	b.checkFromArgs(word.Unmatched, src, lint)
	if err != nil {
		return from, parser.WithLocation(err, src.Location)
	}
	if word.Result == "" {
		err := fmt.Errorf("base name (%s) should not be blank", src.BaseName)
		return from, parser.WithLocation(b.suggestArg(err, word.Unmatched), src.Location)
	}
	from.Name, from.Args = word.Result, word.Matched
	if src.Platform == "" {
		return from, nil
	}
	platform, used, err := b.expandPlatform(src, lint)
	from.Platform = platform
	if len(from.Args) == 0 {
		from.Args = used
	} else {
		maps.Copy(from.Args, used)
	}
	return from, err
}

// expandPlatform returns the value of --platform, and the global args that it
// uses.
func (b graphBuilder) expandPlatform(src *syntax.Stage, lint *linter.Linter) (_ *ocispecs.Platform, used map[string]struct{}, _ error) {
	word, err := b.words.Matches(src.Platform, b.globals.Env)
	b.checkFromArgs(word.Unmatched, src, lint)
	b.checkRedundantPlatform(word, src, lint)
	checkConstPlatform(word, src, lint)
	if err != nil {
		err = fmt.Errorf("failed to process arguments for platform %s: %w", word.Result, err)
		return nil, nil, parser.WithLocation(err, src.Location)
	}
	if word.Result == "" {
		err := fmt.Errorf("empty platform value from expression %s", src.Platform)
		return nil, nil, b.suggestArg(parser.WithLocation(err, src.Location), word.Unmatched)
	}
	p, err := platforms.Parse(word.Result)
	if err != nil {
		if len(word.Unmatched) == 0 {
			err = diag.WithHint(err, "write the operating system and the architecture, as in linux/arm64 or linux/arm/v7")
		}
		err = b.suggestArg(parser.WithLocation(err, src.Location), word.Unmatched)
		return nil, nil, fmt.Errorf("failed to parse platform %s: %w", src.Platform, err)
	}
	return &p, word.Matched, nil
}

// override looks for a named context that replaces a stage.
func (b graphBuilder) override(src *syntax.Stage, from From) (source.NamedContext, error) {
	if src.Name == "" {
		return nil, nil
	}
	nc, err := source.Lookup(b.options.Contexts, src.Name, source.ContextOptions{
		Platform:    cmp.Or(from.Platform, b.options.Platforms.Requested()),
		ResolveMode: b.options.ResolveMode,
	})
	return nc, parser.WithLocation(err, src.Location)
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
