package ops

import (
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image pulls an image. ref is a whole reference with its digest.
func Image(m Meta, ref string, p ocispecs.Platform, mode llb.ResolveMode) *Op {
	needs := need(pb.CapSourceImage)
	made := &struct { // one allocation for all three
		op       pb.Op_Source
		source   pb.SourceOp
		platform ocispecs.Platform
	}{platform: p}
	source := &made.source
	source.Identifier = "docker-image://" + ref
	if mode != llb.ResolveModeDefault {
		source.Attrs = map[string]string{pb.AttrImageResolveMode: mode.String()}
		// Only a pull that is wanted for safety has to be understood.
		needs.add(mode == llb.ResolveModeForcePull, pb.CapSourceImageResolveMode)
	}
	op := newOp(m, needs)
	op.platform = &made.platform
	made.op.Source = source
	op.proto.Op = &made.op
	return op
}
