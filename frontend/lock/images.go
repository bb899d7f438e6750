package lock

import (
	"context"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
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

// ResolveImageConfig resolves ref.
func (i images) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	pin, ok := i.lock.Pin(imageScheme + ref)
	if !ok {
		return i.gateway.ResolveImageConfig(ctx, ref, opt)
	}
	decided, err := i.clientDecides(ctx, ref, opt)
	if err != nil {
		return "", "", nil, err
	}
	opts := i.gateway.BuildOpts()
	switch {
	case decided:
	case opts.LLBCaps.Supports(pb.CapSourcePolicy) == nil:
		opt.SourcePolicies = []*spb.Policy{Entry{Identifier: imageScheme + ref, Pin: pin}.policy()}
	default:
		ref += "@" + pin
	}
	return i.gateway.ResolveImageConfig(ctx, ref, opt)
}

// clientDecides reports whether a source policy of the client replaces the image.
// The builder applies the policies of the frontend first: a question without them,
// for which it does not ask the registry, tells what the client's do. Before
// BuildKit 0.28 there is no such question.
func (i images) clientDecides(ctx context.Context, ref string, opt sourceresolver.Opt) (bool, error) {
	opts := i.gateway.BuildOpts()
	if opts.Caps.Supports(gwpb.CapSourceMetaResolverImageAttestations) != nil {
		return false, nil
	}
	image := sourceresolver.ResolveImageOpt{NoConfig: true}
	if opt.ImageOpt != nil {
		image.Platform = opt.ImageOpt.Platform
	}
	asked := imageScheme + ref
	meta, err := i.gateway.ResolveSourceMetadata(ctx, &pb.SourceOp{Identifier: asked}, sourceresolver.Opt{
		LogName:  opt.LogName,
		ImageOpt: &image,
	})
	if err != nil {
		return false, err
	}
	return meta.Op.GetIdentifier() != asked, nil
}
