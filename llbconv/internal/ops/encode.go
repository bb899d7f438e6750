package ops

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/proto"
)

func (op *Op) toInput(ctx context.Context, c *llb.Constraints, in *pb.Input) error {
	dgst, _, err := op.encode(ctx, c)
	in.Digest, in.Index = string(dgst), op.index
	return err
}

// Marshal returns the digest and the bytes of the op, its metadata and where in
// the source it comes from.
func (op *Op) Marshal(ctx context.Context, c *llb.Constraints) (digest.Digest, []byte, *pb.OpMetadata, []*llb.SourceLocation, error) {
	dgst, dt, err := op.encode(ctx, c)
	if err != nil {
		return "", nil, nil, nil, err
	}
	meta := &pb.OpMetadata{}
	if err := op.describe(ctx, c, meta); err != nil {
		return "", nil, nil, nil, err
	}
	var at []*llb.SourceLocation
	if op.meta.SourceMap != nil {
		at = append(at, &llb.SourceLocation{SourceMap: op.meta.SourceMap, Ranges: op.meta.Ranges})
	}
	return dgst, dt, meta, at, nil
}

// describe fills in the metadata.
func (op *Op) describe(ctx context.Context, c *llb.Constraints, meta *pb.OpMetadata) (err error) {
	if meta.ProgressGroup, err = op.meta.Group.proto(ctx, c); err != nil {
		return err
	}
	meta.IgnoreCache = op.meta.IgnoreCache
	meta.LinuxResources = op.meta.Resources
	meta.Caps = op.caps.set()
	meta.Description = make(map[string]string, 2)
	meta.Description["llb.customname"] = op.meta.Name
	if op.meta.Command != "" {
		meta.Description["com.docker.dockerfile.v1.command"] = op.meta.Command
	}
	return nil
}

// encode returns the digest and the bytes of the op.
func (op *Op) encode(ctx context.Context, c *llb.Constraints) (digest.Digest, []byte, error) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.last == c && op.bytes != nil {
		return op.digest, op.bytes, nil
	}
	room := rooms.Get().(*room)
	defer rooms.Put(room)
	if err := op.setInputs(ctx, c, room); err != nil {
		return "", nil, err
	}
	op.setPlatform(c, &room.platform)
	dt, err := marshal(&op.proto, op.meta.UTF8)
	op.proto.Inputs, op.proto.Platform = nil, nil
	if err != nil {
		return "", nil, err
	}
	op.last, op.bytes, op.digest = c, dt, digestOf(dt)
	return op.digest, op.bytes, nil
}

// marshal returns the bytes that BuildKit gives an op. The generated code does
// not check strings and does not sort maps; no op here has one of two entries.
func marshal(op *pb.Op, utf8 bool) ([]byte, error) {
	if utf8 {
		return op.MarshalVT()
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(op)
}

// room is for what an op has only while it is encoded. There is one op after
// another.
type room struct {
	inputs   [2]*pb.Input
	protos   [2]pb.Input
	platform pb.Platform
}

var rooms = sync.Pool{New: func() any { return new(room) }}

// setInputs fills in the inputs and where they are named. Outputs that come to
// the same op share an input.
func (op *Op) setInputs(ctx context.Context, c *llb.Constraints, room *room) error {
	inputs := room.inputs[:0]
	for i, from := range op.inputs {
		in, err := toInput(ctx, c, from, room, i)
		if err != nil {
			return err
		}
		index := -1
		if !op.repeats {
			index = slices.IndexFunc(inputs, in.EqualVT)
		}
		if index < 0 {
			index = len(inputs)
			inputs = append(inputs, in)
		}
		for _, s := range op.slots {
			if s.input == i {
				*s.at = int64(index)
			}
		}
	}
	for i := 1; i < len(op.chain); i++ {
		op.chain[i].Input = int64(len(inputs) + i - 1)
	}
	op.proto.Inputs = inputs
	return nil
}

// toInput is an output as the i-th input.
func toInput(ctx context.Context, c *llb.Constraints, from llb.Output, room *room, i int) (*pb.Input, error) {
	if of, ok := from.(*Op); ok && i < len(room.protos) {
		return &room.protos[i], of.toInput(ctx, c, &room.protos[i])
	}
	return from.ToInput(ctx, c)
}

func (op *Op) setPlatform(c *llb.Constraints, to *pb.Platform) {
	if op.platformless {
		return
	}
	p := op.platform
	if p == nil {
		p = c.Platform
	}
	to.OS, to.Architecture, to.Variant = p.OS, p.Architecture, p.Variant
	to.OSVersion, to.OSFeatures = p.OSVersion, p.OSFeatures
	op.proto.Platform = to
}

// digestOf is the SHA-256 digest of an op's bytes.
func digestOf(dt []byte) digest.Digest {
	const prefix = "sha256:"
	sum := sha256.Sum256(dt)
	var text [len(prefix) + 2*sha256.Size]byte
	hex.Encode(text[copy(text[:], prefix):], sum[:])
	return digest.Digest(text[:])
}
