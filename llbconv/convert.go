package llbconv

import (
	"context"
	"errors"
	"maps"

	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
)

// Convert converts a file for one platform. The list holds all warnings and
// errors of the conversion, but not those of Parse; the result is nil if there
// are errors. Convert does not change its arguments.
func Convert(ctx context.Context, f *File, src Sources, opt Options) (*Result, diag.List) {
	c := &conversion{
		file:      f,
		sources:   src,
		options:   opt,
		platforms: plan.NewPlatforms(opt.Platforms.Target, opt.Platforms.Build),
	}
	c.options.BuildArgs = maps.Clone(opt.BuildArgs)
	result, err := c.run(ctx)
	c.found.Error(err)
	if c.found.Failed() {
		return nil, c.found.List()
	}
	return result, c.found.List()
}

// conversion is one run of the passes.
type conversion struct {
	file      *File
	sources   Sources
	options   Options
	platforms plan.Platforms
	found     diag.Recorder
}

// run runs the passes in order. It stops after the first pass that reports
// errors.
func (c *conversion) run(ctx context.Context) (_ *Result, err error) {
	defer guard.Recover(&err)
	if c.file == nil {
		return nil, errors.New("there is no file to convert: Parse returned errors")
	}
	if err := c.options.validate(); err != nil {
		return nil, err
	}
	graph, epoch := c.plan(ctx)
	if c.found.Failed() {
		return nil, nil
	}
	inputs := c.resolve(ctx, graph, epoch)
	if c.found.Failed() {
		return nil, nil
	}
	main := c.context(inputs.main)
	if c.found.Failed() {
		return nil, nil
	}
	lowered, diags := lower.Stages(inputs.graph, inputs.bases, inputs.needed, c.lowerOptions(inputs, main))
	if c.add(diags); c.found.Failed() {
		return nil, nil
	}
	if err := inputs.limit(lowered.Reads); err != nil {
		return nil, err
	}
	if c.checkLocked(inputs, lowered.Remotes); c.found.Failed() {
		return nil, nil
	}
	found := c.advise(ctx, inputs)
	result, err := c.finish(inputs, lowered)
	if result != nil {
		result.Advice = found
	}
	return result, err
}

func (c *conversion) add(diags diag.List) { c.found.Add(diags...) }

// check is the configuration of the lint rules, nil without lint rules.
func (c *conversion) check() *linter.Config {
	if c.options.Checks.NoLint {
		return nil
	}
	return &c.file.syntax.Check
}

// plan makes the graph of the stages. A FROM that uses SOURCE_DATE_EPOCH needs
// a number. If the value names a source, the time of that source is looked up
// first.
func (c *conversion) plan(ctx context.Context) (*plan.Graph, epoch) {
	globals, diags := plan.DeclareGlobals(c.file.syntax, c.platforms, c.options.Target, c.options.BuildArgs, c.check())
	if c.add(diags); c.found.Failed() {
		return nil, epoch{}
	}
	e := readEpoch(globals, c.options.BuildArgs)
	graph, diags := c.buildGraph(e)
	if !diags.Failed() && e.source != "" && graph.UsesInFrom(resolve.EpochArg) {
		var ofTime diag.List
		if e, ofTime = c.withTime(ctx, e); ofTime.Failed() {
			c.add(ofTime)
			return nil, e
		}
		graph, diags = c.buildGraph(e)
	}
	c.add(diags)
	return graph, e
}

func (c *conversion) buildGraph(e epoch) (*plan.Graph, diag.List) {
	return plan.Build(c.file.syntax, e.globals, plan.Options{
		Target:      c.options.Target,
		Platforms:   c.platforms,
		Contexts:    c.sources.Contexts,
		ResolveMode: c.options.Daemon.ResolveMode.String(),
		NoCache:     c.options.CachePolicy.NoCache,
		Check:       c.check(),
	})
}

func (c *conversion) lowerOptions(in inputs, context lower.Context) lower.Options {
	exec := lower.Exec(c.options.Exec)
	if proxy := proxyFromArgs(in.epoch.buildArgs); proxy != nil {
		exec.Proxy = proxy
	}
	daemon, policy := c.options.Daemon, c.options.CachePolicy
	return lower.Options{
		Platforms:     c.platforms,
		Args:          lower.Args{Globals: in.epoch.globals, Build: in.epoch.buildArgs, Epoch: in.epoch.time},
		File:          lower.File{Escape: c.file.syntax.Escape, SourceMap: c.options.SourceMap, Check: c.check()},
		Context:       context,
		Daemon:        lower.Daemon{Caps: daemon.Caps, ResolveMode: daemon.ResolveMode, CacheNamespace: daemon.CacheNamespace, GitAdvice: daemon.GitAdvice},
		Exec:          exec,
		Lock:          c.sources.Lock,
		Policy:        lower.CachePolicy{Now: policy.Now, BuildID: policy.BuildID, KeepCacheMounts: policy.KeepCacheMounts},
		MultiPlatform: c.options.Platforms.MultiPlatform,
		AllStages:     c.options.AllStages,
	}
}
