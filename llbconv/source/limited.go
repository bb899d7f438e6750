package source

import (
	"context"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// Limited returns the content of a local directory. Only the files that a
// conversion reads are transferred. st is the whole directory; limit returns it
// with options that limit the transfer, and does no I/O.
func Limited(st llb.State, limit func(LocalOptions) (*llb.State, error)) Content {
	l := &limited{output: st.Output(), limit: limit}
	return Content{State: llb.NewState(l), Limit: l.set}
}

// limited is a directory whose limits are set after ops refer to it, and before
// they are marshalled.
type limited struct {
	output llb.Output
	limit  func(LocalOptions) (*llb.State, error)
}

func (l *limited) set(options LocalOptions) error {
	st, err := l.limit(options)
	if err == nil {
		l.output = st.Output()
	}
	return err
}

// ToInput returns the directory as an input of an op.
func (l *limited) ToInput(ctx context.Context, c *llb.Constraints) (*pb.Input, error) {
	return l.output.ToInput(ctx, c)
}

// Vertex returns the vertex of the directory.
func (l *limited) Vertex(ctx context.Context, c *llb.Constraints) llb.Vertex {
	return l.output.Vertex(ctx, c)
}
