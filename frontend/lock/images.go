package lock

import (
	"context"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv/source"
)

// Images looks images up on a gateway. Those that the lock has are looked up by
// their digest, which needs no registry where the builder has the image.
func (l *Lock) Images(gateway client.Client) source.Images { return images{l, gateway} }

type images struct {
	lock    *Lock
	gateway client.Client
}

// ResolveImageConfig resolves ref. A builder that knows source policies gets the
// digest as one, and shows the image under the name that the Dockerfile has.
func (i images) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	pin, ok := i.lock.Pin(imageScheme + ref)
	if !ok {
		return i.gateway.ResolveImageConfig(ctx, ref, opt)
	}
	caps := i.gateway.BuildOpts().LLBCaps
	if caps.Supports(pb.CapSourcePolicy) == nil {
		opt.SourcePolicies = []*spb.Policy{Entry{Identifier: imageScheme + ref, Pin: pin}.policy()}
	} else {
		ref += "@" + pin
	}
	return i.gateway.ResolveImageConfig(ctx, ref, opt)
}
