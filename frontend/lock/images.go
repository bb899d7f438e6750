package lock

import (
	"context"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv/diag"
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
	e, pinned := i.lock.pins[imageScheme+ref]
	if pinned {
		ref += "@" + e.Pin
	}
	name, sum, config, err := i.from.ResolveImageConfig(ctx, ref, opt)
	if pinned && e.Line > 0 && ctx.Err() == nil {
		err = diag.WithHint(err, "%s:%d pins it to %s; if the registry no longer has that, update the lock or build with %s=%s", i.lock.Of.Lock(), e.Line, e.Pin, Arg, Off)
	}
	return name, sum, config, err
}
