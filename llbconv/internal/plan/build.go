package plan

import (
	"cmp"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
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
	// Target names the stage to build; empty is the last.
	Target    string
	Platforms Platforms
	// Contexts are the client's named contexts.
	Contexts source.Contexts
	// ResolveMode is handed on to named contexts.
	ResolveMode string
	// NoCache tells whether a stage's steps are to be run anew; the name is
	// empty for a stage without one.
	NoCache func(stage string) bool
	Lint    *linter.Linter
}

// DeclareGlobals works out the args that hold before the first stage.
func DeclareGlobals(f *syntax.File, p Platforms, target string, buildArgs map[string]string, lint *linter.Linter) (Globals, error) {
	if target == "" {
		target = f.Stages[len(f.Stages)-1].Name
	}
	lex := expand.New(f.Escape)
	automatic := automaticArgs(p, buildArgs, target)
	globals, err := declareGlobals(automatic, lex, f.GlobalArgs, buildArgs)
	defaults, failed := globals, err
	if len(buildArgs) > 0 {
		defaults, failed = declareGlobals(automatic, lex, f.GlobalArgs, nil)
	}
	if failed == nil {
		checkDefaultBases(f, lex, defaults.Env, lint)
	}
	globals.Explicit, globals.Words = f.Explicit, lex
	return globals, err
}

// Build makes the graph of a file. The errors of all stages are collected;
// the graph is only usable where there are none.
func Build(f *syntax.File, globals Globals, opt Options, diags *diag.List) *Graph {
	g := &Graph{
		Globals:  globals,
		declared: len(f.Stages),
		byName:   make(map[string]*Stage, len(f.Stages)),
	}
	b := builder{Graph: g, opt: opt}
	for i := range f.Stages {
		diags.AddError(b.declare(i, f.Stages[i]))
	}
	diags.AddError(b.chooseTarget())
	for _, s := range g.Stages[:g.declared] {
		for i := range s.Steps {
			diags.AddError(g.connect(&s.Steps[i]))
		}
	}
	if diags.Err() != nil {
		return nil
	}
	diags.AddError(g.checkCycles())
	if len(g.Stages) == 1 {
		g.Stages[0].Label = ""
	}
	return g
}

type builder struct {
	*Graph
	opt Options
}

// declare adds the stage of one FROM. The stage is added even where it is in
// error, so that the others keep their index.
func (b builder) declare(i int, src syntax.Stage) error {
	s := &Stage{Stage: src, Label: src.Name, Paths: PathSet{}}
	s.Lint = b.opt.Lint.WithMergedConfigFromComments(src.Comments)
	s.Steps = make([]Step, 0, len(src.Instructions))
	for i := range src.Instructions {
		s.Steps = append(s.Steps, Step{Instruction: &src.Instructions[i]})
	}
	err := b.expandFrom(s)
	if err == nil {
		err = b.override(s)
	}
	if s.Context == nil {
		s.Base = b.byName[strings.ToLower(s.From)]
		s.Total = s.countSteps()
		if b.opt.NoCache != nil {
			s.NoCache = b.opt.NoCache(s.Name)
		}
		if s.Name == "" {
			s.Label = "stage-" + strconv.Itoa(i)
		}
	}
	if s.Base != nil {
		s.Paths = s.Base.Paths
	}
	b.Stages = append(b.Stages, s)
	if s.Name != "" {
		b.byName[s.Name] = s
	}
	return err
}

func (b builder) expandFrom(s *Stage) error {
	word, err := b.Words.Matches(s.BaseName, b.Env)
	b.checkFromArgs(word.Unmatched, s)
	if err != nil {
		return parser.WithLocation(err, s.Location)
	}
	if word.Result == "" {
		err := fmt.Errorf("base name (%s) should not be blank", s.BaseName)
		return parser.WithLocation(b.suggestArg(err, word.Unmatched), s.Location)
	}
	s.BaseName, s.From = word.Result, word.Result
	s.use(word.Matched)
	if s.Platform == "" {
		return nil
	}
	return b.expandPlatform(s)
}

func (b builder) expandPlatform(s *Stage) error {
	word, err := b.Words.Matches(s.Platform, b.Env)
	b.checkFromArgs(word.Unmatched, s)
	b.checkRedundantPlatform(word, s)
	checkConstPlatform(word, s)
	if err != nil {
		err = fmt.Errorf("failed to process arguments for platform %s: %w", word.Result, err)
		return parser.WithLocation(err, s.Location)
	}
	if word.Result == "" {
		err := fmt.Errorf("empty platform value from expression %s", s.Platform)
		return b.suggestArg(parser.WithLocation(err, s.Location), word.Unmatched)
	}
	p, err := platforms.Parse(word.Result)
	if err != nil {
		err = b.suggestArg(parser.WithLocation(err, s.Location), word.Unmatched)
		return fmt.Errorf("failed to parse platform %s: %w", s.Platform, err)
	}
	s.use(word.Matched)
	s.Flag = &p
	return nil
}

func (s *Stage) use(args map[string]struct{}) {
	if s.FromArgs == nil {
		s.FromArgs = args
		return
	}
	for name := range args {
		s.FromArgs[name] = struct{}{}
	}
}

// override looks for a named context that replaces the stage.
func (b builder) override(s *Stage) error {
	if s.Name == "" {
		return nil
	}
	nc, err := source.Lookup(b.opt.Contexts, s.Name, source.ContextOptions{
		Platform:    cmp.Or(s.Flag, b.opt.Platforms.Asked()),
		ResolveMode: b.opt.ResolveMode,
		UsedPaths:   s.usedPaths,
	})
	s.Context = nc
	return parser.WithLocation(err, s.Location)
}

// usedPaths is called when the stage's content is asked for, which is after
// all paths are known.
func (s *Stage) usedPaths() source.LocalOptions { return s.Paths.LocalOptions() }

func (b builder) chooseTarget() error {
	if b.opt.Target == "" {
		b.Target = b.Stages[len(b.Stages)-1]
		return nil
	}
	target, ok := b.byName[strings.ToLower(b.opt.Target)]
	if !ok {
		err := fmt.Errorf("target stage %q could not be found", b.opt.Target)
		return suggest.WrapError(err, b.opt.Target, b.Names(), true)
	}
	b.Target = target
	return nil
}

func (b builder) suggestArg(err error, unmatched map[string]struct{}) error {
	for _, name := range sortedKeys(unmatched) {
		if found, wrapped := suggest.WrapErrorMaybe(err, name, b.Env.Keys(), true); found {
			return wrapped
		}
	}
	return err
}

func relative(name string) string { return path.Join(".", name) }
