package workbench

import (
	"context"

	"github.com/stratabuild/strata/hack/baseimage"
)

// EnsureImages puts the named base images, such as "python:3.11-slim", into the
// loopback registry, which is the daemon's mirror of Docker Hub. It does not make
// existing images again.
func (b *Env) EnsureImages(ctx context.Context, names ...string) ([]baseimage.Image, error) {
	c, err := b.Client(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	s := baseimage.Store{Dir: b.state.path("images"), Debs: b.state.path("debs"), Registry: b.registry, Client: c, Log: b.log}
	return s.Ensure(ctx, names...)
}
