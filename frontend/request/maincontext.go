package request

import (
	"context"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/source"
)

// limited is a build context that gets its limits when all that is read of it is
// known. It is marshalled after that.
type limited struct {
	output llb.Output
	// load makes the context with limits. It does no I/O: the context has been
	// loaded without limits before.
	load func(source.LocalOptions) (*llb.State, error)
}

func (l *limited) limit(options source.LocalOptions) error {
	st, err := l.load(options)
	if err == nil {
		l.output = st.Output()
	}
	return err
}

// ToInput returns the context as an input of an op.
func (l *limited) ToInput(ctx context.Context, c *llb.Constraints) (*pb.Input, error) {
	return l.output.ToInput(ctx, c)
}

// Vertex returns the vertex of the context.
func (l *limited) Vertex(ctx context.Context, c *llb.Constraints) llb.Vertex {
	return l.output.Vertex(ctx, c)
}
