package inputs

import (
	"context"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/source"
)

// localDir is the client's directory of the main context. It becomes a source
// when it is first marshalled: what is read of it is known by then.
type localDir struct {
	options llb.LocalInfo
	limits  source.LocalOptions

	once   sync.Once
	output llb.Output
}

// limit restricts what is sent. It is called before the source is marshalled.
func (d *localDir) limit(options source.LocalOptions) { d.limits = options }

func (d *localDir) source() llb.Output {
	d.once.Do(func() {
		before := setLocalInfo{d.options}
		d.output = llb.Local(dockerui.DefaultLocalNameContext, append([]llb.LocalOption{before}, d.limits...)...).Output()
	})
	return d.output
}

// ToInput returns the source as an input of an op.
func (d *localDir) ToInput(ctx context.Context, c *llb.Constraints) (*pb.Input, error) {
	return d.source().ToInput(ctx, c)
}

// Vertex returns the vertex of the source.
func (d *localDir) Vertex(ctx context.Context, c *llb.Constraints) llb.Vertex {
	return d.source().Vertex(ctx, c)
}

// setLocalInfo sets all options of a local directory at once.
type setLocalInfo struct{ info llb.LocalInfo }

func (o setLocalInfo) SetLocalOption(info *llb.LocalInfo) { *info = o.info }

// keepLocalInfo keeps the options of a local directory that were set before it.
type keepLocalInfo struct{ info *llb.LocalInfo }

func (o *keepLocalInfo) SetLocalOption(info *llb.LocalInfo) {
	before := *info
	o.info = &before
}
