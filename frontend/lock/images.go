package lock

import (
	"context"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv/source"
)

// Images looks images up as from does. Those that the lock has are looked up by
// their digest, which needs no registry where the builder has the image.
func (l *Lock) Images(from source.Images) source.Images { return images{l, from} }

type images struct {
	lock *Lock
	from source.Images
}

// ResolveImageConfig resolves ref. A source policy would keep the name as it is, but
// BuildKit v0.15 does not apply those of a frontend to this question.
func (i images) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if pin, ok := i.lock.Pin(imageScheme + ref); ok {
		ref += "@" + pin
	}
	return i.from.ResolveImageConfig(ctx, ref, opt)
}
