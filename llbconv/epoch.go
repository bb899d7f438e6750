package llbconv

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
)

// epoch is SOURCE_DATE_EPOCH, and the args that hold it.
type epoch struct {
	// time is nil if it is not set, or not known yet.
	time *time.Time
	// source is the name of the source whose time is SOURCE_DATE_EPOCH, empty
	// once the time is known.
	source    string
	globals   plan.Globals
	buildArgs map[string]string
}

// readEpoch reads SOURCE_DATE_EPOCH from the build args, or else from the
// global args. It sets the arg to a number of seconds, or removes an empty one.
func readEpoch(globals plan.Globals, buildArgs map[string]string) epoch {
	e := epoch{globals: globals, buildArgs: buildArgs}
	value, given := buildArgs[resolve.EpochArg]
	if !given {
		value, _ = globals.Env.Get(resolve.EpochArg)
	}
	if value == "" && !given {
		return e
	}
	if t, ok := resolve.Seconds(value); ok {
		return e.at(&t)
	}
	if value == "" {
		return e.at(nil)
	}
	e.source = value
	return e
}

// at returns the epoch and the args for a time, nil for none.
func (e epoch) at(t *time.Time) epoch {
	e.time, e.source = t, ""
	_, given := e.buildArgs[resolve.EpochArg]
	e.buildArgs = maps.Clone(e.buildArgs)
	if t == nil {
		delete(e.buildArgs, resolve.EpochArg)
		e.globals = e.globals.Without(resolve.EpochArg)
		return e
	}
	seconds := strconv.FormatInt(t.Unix(), 10)
	if given {
		e.buildArgs[resolve.EpochArg] = seconds
	}
	e.globals = e.globals.With(resolve.EpochArg, seconds)
	return e
}

// withTime looks up the time of the source.
func (c *conversion) withTime(ctx context.Context, e epoch) (epoch, diag.List) {
	t, err := resolve.Epoch(ctx, e.source, c.file.syntax, e.globals, c.resolveOptions())
	if err != nil {
		return e, diag.FromError(err)
	}
	return e.at(t), nil
}
