package lock

import (
	"context"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv/source"
)

// Images returns a resolver that pins the images of the lock and uses from for all
// others. A pinned image is resolved by its digest, which needs no registry if the
// daemon has the image.
func (l *Lock) Images(from source.Images) source.Images { return images{l, from} }

type images struct {
	lock *Lock
	from source.Images
}

// ResolveImageConfig resolves ref. A source policy would keep the name unchanged,
// but BuildKit v0.15 does not apply the frontend's policies to this call.
func (i images) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if pin, ok := i.lock.Pin(imageScheme + ref); ok {
		ref += "@" + pin
	}
	return i.from.ResolveImageConfig(ctx, ref, opt)
}
