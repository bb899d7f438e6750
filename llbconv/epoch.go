package llbconv

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/source"
)

const epochArg = "SOURCE_DATE_EPOCH"

// setEpoch reads SOURCE_DATE_EPOCH from the build args or the global args: a
// number of seconds, or the name of a source whose time it shall be: "context",
// a named context, or a stage that is nothing but one remote ADD. Where it
// names a source, the args hold the time instead from here on.
func (c *conversion) setEpoch(ctx context.Context, globals *env.List) error {
	value, given := c.BuildArgs[epochArg]
	if !given {
		value, _ = globals.Get(epochArg)
	}
	if value == "" && !given {
		return nil
	}
	epoch, err := c.epochOf(ctx, value, globals)
	if err != nil {
		return err
	}
	c.epoch = epoch
	if epoch == nil {
		delete(c.BuildArgs, epochArg)
		globals.Delete(epochArg)
		return nil
	}
	seconds := strconv.FormatInt(epoch.Unix(), 10)
	if given {
		c.BuildArgs[epochArg] = seconds
	}
	if _, ok := globals.Get(epochArg); ok {
		globals.Set(epochArg, seconds)
	}
	return nil
}

func (c *conversion) epochOf(ctx context.Context, value string, globals *env.List) (*time.Time, error) {
	if value == "" {
		return nil, nil
	}
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		t := time.Unix(seconds, 0).UTC()
		return &t, nil
	}
	st, name, err := c.epochSource(ctx, value, globals)
	if err != nil || st == nil || c.Contexts == nil {
		return nil, err
	}
	return c.Contexts.Time(ctx, *st, name)
}

// epochSource finds the source that SOURCE_DATE_EPOCH names.
func (c *conversion) epochSource(ctx context.Context, value string, globals *env.List) (*llb.State, string, error) {
	if value == "context" {
		if c.Contexts == nil {
			return nil, "", nil
		}
		main, err := c.Contexts.Main(ctx)()
		if err != nil {
			return nil, "", err
		}
		st := main.State()
		return &st, "[internal] resolve main build context metadata", nil
	}
	nc, err := source.Lookup(c.Contexts, value, source.ContextOptions{})
	if err != nil {
		return nil, "", err
	}
	if nc != nil {
		st, _, err := nc.Load(ctx)
		return st, "[internal] resolve " + epochArg + " named context " + value, err
	}
	for i := range c.Stages {
		s := &c.Stages[i]
		if !strings.EqualFold(s.Name, value) {
			continue
		}
		args := globals.Clone()
		args.Delete(epochArg)
		st, err := lower.RemoteSource(s, lower.RemoteOptions{
			Args:      args,
			BuildArgs: c.BuildArgs,
			Escape:    c.Escape,
			GitAdvice: c.GitAdvice,
		})
		return st, "[internal] resolve " + epochArg + " source stage " + s.Name, parser.WithLocation(err, s.Location)
	}
	return nil, "", fmt.Errorf("invalid %s: %s (use a number of seconds, \"context\", or the name of a context or stage)", epochArg, value)
}
