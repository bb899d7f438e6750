package llbconv

import (
	"context"
	"maps"
	"time"
	"unicode/utf8"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/patternmatcher"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
)

// Convert turns a file into LLB and an image config. The list holds all
// warnings and errors; the result is nil when there are errors.
func Convert(ctx context.Context, f *File, src Sources, opt Options) (*Result, *diag.List) {
	diags := &diag.List{}
	c := conversion{
		File:      f,
		Sources:   src,
		Options:   opt,
		diags:     diags,
		lint:      opt.linter(f, diags),
		platforms: plan.NewPlatforms(opt.Platform, opt.BuildPlatforms),
	}
	c.BuildArgs = maps.Clone(opt.BuildArgs)
	result, err := c.run(ctx)
	diags.AddError(err)
	if diags.Err() != nil {
		return nil, diags
	}
	return result, diags
}

// conversion is one run of the passes.
type conversion struct {
	*File
	Sources
	Options
	diags     *diag.List
	lint      *linter.Linter
	platforms plan.Platforms
	epoch     *time.Time
}

func (c *conversion) run(ctx context.Context) (_ *Result, err error) {
	defer guard.Recover(&err)
	mainContext := c.askMainContext(ctx)
	globals, err := plan.DeclareGlobals(c.File.File, c.platforms, c.Target, c.BuildArgs, c.lint)
	if err != nil {
		return nil, err
	}
	if err := c.setEpoch(ctx, globals.Env); err != nil {
		return nil, err
	}
	graph := plan.Build(c.File.File, globals, plan.Options{
		Target:      c.Target,
		Platforms:   c.platforms,
		Contexts:    c.Contexts,
		ResolveMode: c.ResolveMode.String(),
		NoCache:     c.NoCache,
		Lint:        c.lint,
	}, c.diags)
	if c.failed() {
		return nil, nil
	}
	bases, reachable := c.resolveBases(ctx, graph)
	main, err := mainContext()
	if err != nil {
		return nil, err
	}
	ignore, err := c.ignoreMatcher(main.Ignore)
	if err != nil || c.failed() {
		return nil, err
	}
	late := &lateOutput{}
	results, used := lower.Stages(graph, bases, c.needed(reachable), c.lowerOptions(ignore, late), c.diags)
	if c.failed() {
		return nil, nil
	}
	graph.Target.Paths["/"] = struct{}{} // the whole target is exported
	late.Output = main.State(used.LocalOptions()...).Output()
	return c.finish(graph, results, late)
}

func (c *conversion) failed() bool { return c.diags.Err() != nil }

// needed tells which stages are to be converted.
func (c *conversion) needed(reachable map[*plan.Stage]bool) func(*plan.Stage) bool {
	return func(s *plan.Stage) bool { return c.AllStages || reachable[s] }
}

// resolveBases is the loop of ONBUILD: the triggers of a base image are known
// when it is resolved, and may name stages and images that nothing else needs.
// It returns the stages that the target needs as well.
func (c *conversion) resolveBases(ctx context.Context, g *plan.Graph) (bases map[*plan.Stage]*resolve.Base, reachable map[*plan.Stage]bool) {
	bases = map[*plan.Stage]*resolve.Base{}
	triggered := map[*plan.Stage]bool{}
	for more := true; more && !c.failed(); {
		reachable = g.Reachable()
		resolve.Stages(ctx, g, c.needed(reachable), bases, resolve.Options{
			Platforms:     c.platforms,
			Images:        c.Images,
			Contexts:      c.Contexts,
			ResolveMode:   c.ResolveMode,
			MultiPlatform: c.MultiPlatform,
		}, c.diags)
		more = false
		for _, s := range g.Stages {
			if !reachable[s] || triggered[s] || s.Implicit { // nothing is built on an implicit one
				continue
			}
			triggered[s] = true
			var ofImage []string
			if base, ok := bases[s]; ok {
				ofImage = base.Config.Config.OnBuild
			}
			reads, err := g.Trigger(s, ofImage)
			c.diags.AddError(err)
			more = more || reads
		}
	}
	return bases, reachable
}

func (c *conversion) lowerOptions(ignore *patternmatcher.PatternMatcher, mainContext llb.Output) lower.Options {
	exec := c.Exec
	exec.Proxy = proxyFromArgs(c.BuildArgs)
	return lower.Options{
		Platforms:      c.platforms,
		BuildArgs:      c.BuildArgs,
		AllStages:      c.AllStages,
		MainContext:    mainContext,
		Ignore:         ignore,
		Epoch:          c.epoch,
		ResolveMode:    c.ResolveMode,
		MultiPlatform:  c.MultiPlatform,
		CacheNamespace: c.CacheNamespace,
		GitAdvice:      c.GitAdvice,
		Caps:           c.Caps,
		SourceMap:      c.SourceMap,
		Escape:         c.Escape,
		UTF8:           c.isUTF8(),
		Linter:         c.lint,
		Exec:           exec,
		Freshness:      c.Freshness,
	}
}

// isUTF8 looks at what can be something else: all else has come in a form that
// cannot hold it.
func (c *conversion) isUTF8() bool {
	for _, value := range c.BuildArgs {
		if !utf8.ValidString(value) {
			return false
		}
	}
	return utf8.Valid(c.Text)
}
