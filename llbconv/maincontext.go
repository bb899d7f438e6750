package llbconv

import (
	"context"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/patternmatcher"

	"github.com/stratabuild/strata/llbconv/internal/guard"
	"github.com/stratabuild/strata/llbconv/source"
)

// mainContext is what is known of the main build context.
type mainContext struct {
	source.MainContext
	// ignore matches what the ignore file excludes, nil where there is none.
	ignore *patternmatcher.PatternMatcher
	err    error
}

// askMainContext asks for the main context while the conversion goes on. The
// answer comes in any case, and need not be waited for.
func (c *conversion) askMainContext(ctx context.Context) <-chan mainContext {
	answer := make(chan mainContext, 1)
	go func() {
		m := mainContext{MainContext: source.MainContext{State: defaultContext}}
		if c.Contexts != nil {
			m.err = m.ask(ctx, c.Contexts)
		}
		answer <- m
	}()
	return answer
}

func (m *mainContext) ask(ctx context.Context, contexts source.Contexts) (err error) {
	defer guard.Recover(&err)
	if m.MainContext, err = contexts.Main(ctx); err != nil {
		return err
	}
	m.ignore, err = ignoreMatcher(m.Ignore)
	return err
}

// defaultContext is the main context where a conversion has no other.
func defaultContext(opts ...llb.LocalOption) llb.State {
	const name = "context"
	return llb.Local(name, append([]llb.LocalOption{
		llb.SharedKeyHint(name),
		llb.WithCustomName("[internal] load build context"),
	}, opts...)...)
}

// lateOutput stands for the main context until all paths that are used of it
// are known.
type lateOutput struct{ llb.Output }
