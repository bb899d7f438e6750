package llbconv

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/moby/buildkit/client/llb"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
	"github.com/stratabuild/strata/llbconv/source"
)

// inputs is the result of the resolve pass, and the graph with the triggers of
// the base images.
type inputs struct {
	graph *plan.Graph
	// needed holds for each stage, by index, whether the conversion reads it.
	needed []bool
	bases  map[int]*resolve.Base
	main   source.MainContext
	epoch  epoch
}

// limit restricts the transfer of local directories to the paths that are read.
func (in inputs) limit(reads lower.Reads) error {
	err := limit(in.main.Content, reads.Context)
	for i, base := range in.bases {
		err = errors.Join(err, limit(base.Content, reads.Stages[i]))
	}
	return err
}

func limit(c source.Content, paths lower.PathSet) error {
	if c.Limit == nil || len(paths) == 0 {
		return nil
	}
	return c.Limit(paths.LocalOptions())
}

// resolve asks for SOURCE_DATE_EPOCH and the bases of the stages, all at once, then
// for the main context.
func (c *conversion) resolve(ctx context.Context, g *plan.Graph, e epoch) inputs {
	if start := c.sources.WholeContext; start != nil && g.ReadsWholeContext() {
		start()
	}
	in := inputs{epoch: e}
	var ofMain, ofTime, ofBases diag.List
	var wg sync.WaitGroup
	if e.source != "" {
		wg.Go(func() { in.epoch, ofTime = c.withTime(ctx, e) })
	}
	in.graph, in.needed, in.bases, ofBases = c.bases(ctx, g)
	in.main, ofMain = c.mainContext(ctx)
	wg.Wait()
	c.add(ofTime)
	c.add(ofBases)
	c.add(ofMain)
	return in
}

// bases resolves the bases of the stages and adds the ONBUILD triggers of base
// images. A trigger can name stages and images that nothing else needs, so each
// round makes a new graph, until a round adds no trigger.
func (c *conversion) bases(ctx context.Context, g *plan.Graph) (graph *plan.Graph, needed []bool, bases map[int]*resolve.Base, all diag.List) {
	opt := c.resolveOptions()
	bases = map[int]*resolve.Base{}
	triggered := map[int]bool{}
	for {
		reachable := g.Reachable()
		needed = c.needed(reachable)
		found, diags := resolve.Stages(ctx, g, needed, bases, opt)
		all = append(all, diags...)
		maps.Copy(bases, found)
		if all.Failed() {
			return g, needed, bases, all
		}
		onBuild := map[int][]string{}
		for i, needed := range reachable {
			if !needed || triggered[i] || g.Stages[i].Implicit { // no instruction runs in an implicit stage
				continue
			}
			triggered[i] = true
			onBuild[i] = nil
			if base := bases[i]; base != nil {
				onBuild[i] = base.Config.Config.OnBuild
			}
		}
		next, diags := plan.WithTriggers(g, onBuild)
		all = append(all, diags...)
		if next == g || all.Failed() {
			return g, needed, bases, all
		}
		g = next
	}
}

// needed returns the stages that the conversion reads: those that the target
// needs, or all.
func (c *conversion) needed(reachable []bool) []bool {
	needed := slices.Clone(reachable)
	for i := range needed {
		needed[i] = needed[i] || c.options.AllStages
	}
	return needed
}

func (c *conversion) resolveOptions() resolve.Options {
	return resolve.Options{
		Platforms:     c.platforms,
		Images:        c.sources.Images,
		Contexts:      c.sources.Contexts,
		BuildArgs:     c.options.BuildArgs,
		ResolveMode:   c.options.Daemon.ResolveMode,
		MultiPlatform: c.options.Platforms.MultiPlatform,
		GitAdvice:     c.options.Daemon.GitAdvice,
	}
}

// mainContext asks for the main build context.
func (c *conversion) mainContext(ctx context.Context) (main source.MainContext, _ diag.List) {
	if c.sources.Contexts == nil {
		main.Content = localContext()
		return main, nil
	}
	main, err := guard.Do(func() (source.MainContext, error) { return c.sources.Contexts.Main(ctx) })
	return main, diag.FromError(err)
}

// localContext is the main build context of a conversion without contexts: the
// client's directory "context".
func localContext() source.Content {
	load := func(limits source.LocalOptions) (*llb.State, error) {
		const name = "context"
		options := []llb.LocalOption{llb.SharedKeyHint(name), llb.WithCustomName("[internal] load build context")}
		st := llb.Local(name, append(options, limits...)...)
		return &st, nil
	}
	return source.Limited(load)
}
