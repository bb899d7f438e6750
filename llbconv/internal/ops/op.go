// Package ops makes the LLB ops of a conversion. Where the state of package
// client/llb collects options over a chain of values and looks each of them up
// again, an op here is made from plain data, once. It is an llb.Vertex, so that
// both kinds can read from each other, and its bytes are the same.
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
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/protobuf/proto"
)

// Meta is what BuildKit is told about an op beside what it does. None of it is
// part of the cache key.
type Meta struct {
	// Name is shown to the user; Command is the instruction as written.
	Name, Command string
	IgnoreCache   bool
	Group         *pb.ProgressGroup
	Resources     *pb.LinuxResources
	SourceMap     *llb.SourceMap
	Ranges        []*pb.Range
}

// An Op is one vertex with one output: the filesystem that the next op reads.
type Op struct {
	// proto is complete but for the inputs and the platform.
	proto       pb.Op
	constraints pb.WorkerConstraints
	meta        pb.OpMetadata
	at          []*llb.SourceLocation

	platform *ocispecs.Platform
	// platformless ops give the same on every platform.
	platformless bool
	// inputs are what the op reads; slots are where their indexes go.
	inputs []llb.Output
	slots  []slot
	// repeats keeps inputs apart that come to the same.
	repeats bool
	// order is the order in which the inputs stand in a definition.
	order []llb.Output
	// chain are actions of which each works on the result of the one before.
	chain []*pb.FileAction
	index int64

	mu     sync.Mutex
	last   *llb.Constraints
	digest digest.Digest
	bytes  []byte

	// Most ops have few inputs; these save allocations.
	inputSpace    [2]llb.Output
	protoSpace    [2]*pb.Input
	protos        [2]pb.Input
	slotSpace     [3]slot
	atSpace       [1]*llb.SourceLocation
	location      llb.SourceLocation
	platformSpace pb.Platform
}

// A slot is a place that wants the index of an input.
type slot struct {
	input int
	at    *int64
}

var (
	_ llb.Vertex = (*Op)(nil)
	_ llb.Output = (*Op)(nil)
)

func newOp(m Meta, needs caps) *Op {
	op := &Op{}
	op.proto.Constraints = &op.constraints
	op.meta.IgnoreCache = m.IgnoreCache
	op.meta.ProgressGroup = m.Group
	op.meta.LinuxResources = m.Resources
	op.meta.Caps = needs.set()
	op.meta.Description = make(map[string]string, 2)
	op.meta.Description["llb.customname"] = m.Name
	if m.Command != "" {
		op.meta.Description["com.docker.dockerfile.v1.command"] = m.Command
	}
	if m.SourceMap != nil {
		op.location = llb.SourceLocation{SourceMap: m.SourceMap, Ranges: m.Ranges}
		op.atSpace[0] = &op.location
		op.at = op.atSpace[:]
	}
	op.inputs, op.slots = op.inputSpace[:0], op.slotSpace[:0]
	return op
}

// read notes that the op reads from an output and that the place wants the
// index of that input; nil wants none.
func (op *Op) read(from llb.Output, place *int64) {
	i := slices.Index(op.inputs, from)
	if i < 0 || op.repeats {
		i = len(op.inputs)
		op.inputs = append(op.inputs, from)
	}
	if place != nil {
		op.slots = append(op.slots, slot{i, place})
	}
}

// Output returns the op itself.
func (op *Op) Output() llb.Output { return op }

// Vertex returns the op itself.
func (op *Op) Vertex(context.Context, *llb.Constraints) llb.Vertex { return op }

// Inputs returns what the op reads.
func (op *Op) Inputs() []llb.Output {
	if op.order != nil {
		return op.order
	}
	return op.inputs
}

// Validate checks nothing: an op is made complete.
func (op *Op) Validate(context.Context, *llb.Constraints) error { return nil }

// ToInput is the op as an input of another.
func (op *Op) ToInput(ctx context.Context, c *llb.Constraints) (*pb.Input, error) {
	in := &pb.Input{}
	return in, op.toInput(ctx, c, in)
}

func (op *Op) toInput(ctx context.Context, c *llb.Constraints, in *pb.Input) error {
	dgst, _, _, _, err := op.Marshal(ctx, c)
	in.Digest, in.Index = string(dgst), op.index
	return err
}

// Marshal returns the digest and the bytes of the op, its metadata and where in
// the source it comes from.
func (op *Op) Marshal(ctx context.Context, c *llb.Constraints) (digest.Digest, []byte, *pb.OpMetadata, []*llb.SourceLocation, error) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.last == c && op.bytes != nil {
		return op.digest, op.bytes, &op.meta, op.at, nil
	}
	if err := op.setInputs(ctx, c); err != nil {
		return "", nil, nil, nil, err
	}
	op.setPlatform(c)
	dt, err := proto.MarshalOptions{Deterministic: true}.Marshal(&op.proto)
	if err != nil {
		return "", nil, nil, nil, err
	}
	op.last, op.bytes, op.digest = c, dt, digestOf(dt)
	return op.digest, op.bytes, &op.meta, op.at, nil
}

// setInputs fills in the inputs and where they are named. Outputs that come to
// the same op share an input.
func (op *Op) setInputs(ctx context.Context, c *llb.Constraints) error {
	op.proto.Inputs = op.protoSpace[:0]
	for i, from := range op.inputs {
		in, err := op.input(ctx, c, i, from)
		if err != nil {
			return err
		}
		index := -1
		if !op.repeats {
			index = slices.IndexFunc(op.proto.Inputs, in.EqualVT)
		}
		if index < 0 {
			index = len(op.proto.Inputs)
			op.proto.Inputs = append(op.proto.Inputs, in)
		}
		for _, s := range op.slots {
			if s.input == i {
				*s.at = int64(index)
			}
		}
	}
	for i := 1; i < len(op.chain); i++ {
		op.chain[i].Input = int64(len(op.proto.Inputs) + i - 1)
	}
	return nil
}

// input is the i-th input.
func (op *Op) input(ctx context.Context, c *llb.Constraints, i int, from llb.Output) (*pb.Input, error) {
	if of, ok := from.(*Op); ok && i < len(op.protos) {
		return &op.protos[i], of.toInput(ctx, c, &op.protos[i])
	}
	return from.ToInput(ctx, c)
}

func (op *Op) setPlatform(c *llb.Constraints) {
	if op.platformless {
		return
	}
	p := op.platform
	if p == nil {
		p = c.Platform
	}
	to := &op.platformSpace
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
