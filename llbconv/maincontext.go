package llbconv

import (
	"context"

	"github.com/moby/buildkit/client/llb"

	"github.com/stratabuild/strata/llbconv/source"
)

// askMainContext starts to ask for the main context, while the conversion goes
// on. What it returns waits for the answer.
func (c *conversion) askMainContext(ctx context.Context) func() (source.MainContext, error) {
	if c.Contexts == nil {
		return func() (source.MainContext, error) { return source.MainContext{State: defaultContext}, nil }
	}
	return c.Contexts.Main(ctx)
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
