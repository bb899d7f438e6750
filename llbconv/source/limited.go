package source

import (
	"context"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

// Limited returns the content of a local directory. Only the files that a
// conversion reads are transferred. load returns the directory with options that
// limit the transfer, the whole directory without options. It does no I/O.
func Limited(load func(LocalOptions) (*llb.State, error)) Content {
	l := &limited{load: load}
	return Content{State: llb.NewState(l), Limit: l.set}
}

// limited is a directory whose limits are set after ops refer to it, and before
// they are marshalled.
type limited struct {
	load func(LocalOptions) (*llb.State, error)
	// output is nil until the limits are set.
	output llb.Output
}

func (l *limited) set(options LocalOptions) error {
	st, err := l.load(options)
	if err == nil {
		l.output = st.Output()
	}
	return err
}

// current returns the directory with its limits, or the whole directory.
func (l *limited) current() (llb.Output, error) {
	if l.output != nil {
		return l.output, nil
	}
	st, err := l.load(nil)
	if err != nil {
		return nil, err
	}
	return st.Output(), nil
}

// ToInput returns the directory as an input of an op.
func (l *limited) ToInput(ctx context.Context, c *llb.Constraints) (*pb.Input, error) {
	out, err := l.current()
	if err != nil {
		return nil, err
	}
	return out.ToInput(ctx, c)
}

// Vertex returns the vertex of the directory.
func (l *limited) Vertex(ctx context.Context, c *llb.Constraints) llb.Vertex {
	out, err := l.current()
	if err != nil {
		return unloaded{err}
	}
	return out.Vertex(ctx, c)
}

// unloaded is the vertex of a directory that cannot be loaded.
type unloaded struct{ err error }

// Validate returns the error.
func (u unloaded) Validate(context.Context, *llb.Constraints) error { return u.err }

// Marshal returns the error.
func (u unloaded) Marshal(context.Context, *llb.Constraints) (digest.Digest, []byte, *pb.OpMetadata, []*llb.SourceLocation, error) {
	return "", nil, nil, nil, u.err
}

// Output returns nil, as there is no directory.
func (u unloaded) Output() llb.Output { return nil }

// Inputs returns nil, as there is no directory.
func (u unloaded) Inputs() []llb.Output { return nil }
