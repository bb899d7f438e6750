package ops

import (
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// image pulls an image.
type image struct {
	ref      string
	platform ocispecs.Platform
	mode     llb.ResolveMode
}

// Image returns an op that pulls an image. ref is the full name with the
// digest.
func Image(m Meta, ref string, p ocispecs.Platform, mode llb.ResolveMode) *Op {
	return &Op{operation: image{ref, p, mode}, meta: m}
}

func (image) reads() []llb.Output { return nil }

func (i image) fill(message *pb.Op, in *inputs) {
	source := &pb.SourceOp{Identifier: "docker-image://" + i.ref}
	if i.mode != llb.ResolveModeDefault {
		source.Attrs = map[string]string{pb.AttrImageResolveMode: i.mode.String()}
	}
	message.Op = &pb.Op_Source{Source: source}
	message.Platform = in.platform(&i.platform)
}

func (i image) need(caps capabilities) {
	caps.add(pb.CapSourceImage)
	if i.mode == llb.ResolveModeForcePull { // the daemon may ignore the other modes
		caps.add(pb.CapSourceImageResolveMode)
	}
}

func (image) usage() usage { return usage{} }
