package workbench

import (
	"context"

	"github.com/stratabuild/strata/hack/baseimage"
)

func (b *Env) imageStore() *baseimage.Store {
	return &baseimage.Store{
		Dir:      b.state.path("images"),
		Debs:     b.state.path("debs"),
		Registry: b.registry,
		Log:      b.log,
	}
}

// EnsureImages puts the named base images, such as "python:3.11-slim", into the
// loopback registry, where the daemon looks for what Docker Hub would have. What
// is there already is not made again.
func (b *Env) EnsureImages(ctx context.Context, names ...string) ([]baseimage.Image, error) {
	return b.imageStore().Ensure(ctx, names...)
}
