// Package ops makes the LLB ops of a conversion. A state of package client/llb
// collects options in a chain of values and looks each of them up again; an op of
// this package is made once, from plain data. It is an llb.Vertex with the same
// bytes, so that ops of both packages can read from each other.
package ops

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/protobuf/proto"
)

// Meta describes an op for display and scheduling. It is not part of the cache key.
type Meta struct {
	// Name is the name in the progress display; Command is the instruction as written.
	Name, Command string
	IgnoreCache   bool
	Group         *Group
	Resources     *pb.LinuxResources
	SourceMap     *llb.SourceMap
	Ranges        []*pb.Range
}

// An operation is what an op does: an Exec, a File, an image or a merge.
type operation interface {
	// reads lists the outputs that the operation reads, in the order that they have
	// in a definition.
	reads() []llb.Output
	// fill sets the operation and the platform of a message.
	fill(message *pb.Op, in *inputs)
	// need adds the capabilities that the daemon must have.
	need(caps capabilities)
	usage() usage
	key() Key
}

// capabilities are the capabilities that the daemon must have for an op.
type capabilities map[string]bool

func (c capabilities) add(id apicaps.CapID) { c[string(id)] = true }

// An Op is one vertex with one output: the filesystem that the next op reads. It
// does not change; it only remembers its encoded form.
type Op struct {
	operation operation
	meta      Meta
	// index is the index of the filesystem among the outputs of the operation.
	index int64

	mu      sync.Mutex
	encoded encoded
}

// encoded is an op encoded under constraints. They hold the platform of ops that
// have no platform of their own.
type encoded struct {
	constraints *llb.Constraints
	digest      digest.Digest
	bytes       []byte
}

var (
	_ llb.Vertex = (*Op)(nil)
	_ llb.Output = (*Op)(nil)
)

// Output returns the op itself.
func (op *Op) Output() llb.Output { return op }

// Vertex returns the op itself.
func (op *Op) Vertex(context.Context, *llb.Constraints) llb.Vertex { return op }

// Inputs returns what the op reads.
func (op *Op) Inputs() []llb.Output { return op.operation.reads() }

// Validate checks nothing: an op is complete when it is made.
func (op *Op) Validate(context.Context, *llb.Constraints) error { return nil }

// ToInput returns the op as an input of another.
func (op *Op) ToInput(ctx context.Context, c *llb.Constraints) (*pb.Input, error) {
	e, err := op.encode(ctx, c)
	return &pb.Input{Digest: string(e.digest), Index: op.index}, err
}

// Marshal returns the digest and the bytes of the op, its metadata and where in
// the source it comes from.
func (op *Op) Marshal(ctx context.Context, c *llb.Constraints) (digest.Digest, []byte, *pb.OpMetadata, []*llb.SourceLocation, error) {
	e, err := op.encode(ctx, c)
	if err != nil {
		return "", nil, nil, nil, err
	}
	meta, err := op.metadata(ctx, c)
	if err != nil {
		return "", nil, nil, nil, err
	}
	var at []*llb.SourceLocation
	if op.meta.SourceMap != nil {
		at = append(at, &llb.SourceLocation{SourceMap: op.meta.SourceMap, Ranges: op.meta.Ranges})
	}
	return e.digest, e.bytes, meta, at, nil
}

func (op *Op) encode(ctx context.Context, c *llb.Constraints) (encoded, error) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.encoded.constraints == c && c != nil {
		return op.encoded, nil
	}
	message := &pb.Op{Constraints: &pb.WorkerConstraints{}}
	in := &inputs{ctx: ctx, constraints: c}
	op.operation.fill(message, in)
	if in.err != nil {
		return encoded{}, in.err
	}
	message.Inputs = in.list
	dt, err := marshal(message)
	if err != nil {
		return encoded{}, err
	}
	op.encoded = encoded{constraints: c, digest: digestOf(dt), bytes: dt}
	return op.encoded, nil
}

// digest returns the digest of an op that has been encoded, "" of another.
func (op *Op) digest() digest.Digest {
	op.mu.Lock()
	defer op.mu.Unlock()
	return op.encoded.digest
}

// digestOf is digest.FromBytes without fmt, which would take 5% of the time of a
// conversion.
func digestOf(dt []byte) digest.Digest {
	const algorithm = "sha256:"
	sum := sha256.Sum256(dt)
	var text [len(algorithm) + 2*sha256.Size]byte
	hex.Encode(text[copy(text[:], algorithm):], sum[:])
	return digest.Digest(text[:])
}

// marshal returns the bytes that BuildKit gives an op.
func marshal(op *pb.Op) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(op)
}

func (op *Op) metadata(ctx context.Context, c *llb.Constraints) (*pb.OpMetadata, error) {
	group, err := op.meta.Group.message(ctx, c)
	if err != nil {
		return nil, err
	}
	caps := capabilities{}
	op.operation.need(caps)
	if op.meta.Resources != nil {
		caps.add(pb.CapExecMetaLinuxResources)
	}
	meta := &pb.OpMetadata{
		IgnoreCache:    op.meta.IgnoreCache,
		ProgressGroup:  group,
		LinuxResources: op.meta.Resources,
		Description:    map[string]string{"llb.customname": op.meta.Name},
		Caps:           caps,
	}
	if op.meta.Command != "" {
		meta.Description["com.docker.dockerfile.v1.command"] = op.meta.Command
	}
	return meta, nil
}

// A Group shows several ops as one step.
type Group struct {
	Name string
	// Weak marks a group whose name counts only if no other group names the step.
	Weak bool
	// Of is an op whose digest identifies the group.
	Of llb.Output
}

func (g *Group) message(ctx context.Context, c *llb.Constraints) (*pb.ProgressGroup, error) {
	if g == nil {
		return nil, nil
	}
	of, err := g.Of.ToInput(ctx, c)
	if err != nil {
		return nil, err
	}
	return &pb.ProgressGroup{Id: of.Digest, Name: g.Name, Weak: g.Weak}, nil
}

// inputs collects the inputs of an op while its message is made.
type inputs struct {
	ctx         context.Context
	constraints *llb.Constraints
	list        []*pb.Input
	err         error // the first one
}

// index returns the index of an output, and adds the output if it is new. A nil
// output has the index of the empty filesystem.
func (in *inputs) index(from llb.Output) int64 {
	if from == nil {
		return int64(pb.Empty)
	}
	input := in.input(from)
	for i, known := range in.list {
		if known.EqualVT(input) {
			return int64(i)
		}
	}
	in.list = append(in.list, input)
	return int64(len(in.list) - 1)
}

// add adds an output, even if the list has an equal one, and returns its index.
func (in *inputs) add(from llb.Output) int64 {
	in.list = append(in.list, in.input(from))
	return int64(len(in.list) - 1)
}

func (in *inputs) input(from llb.Output) *pb.Input {
	input, err := from.ToInput(in.ctx, in.constraints)
	if err != nil && in.err == nil {
		in.err = err
	}
	return input
}

// platform is a platform in the form of a message; nil stands for the platform of
// the constraints.
func (in *inputs) platform(p *ocispecs.Platform) *pb.Platform {
	if p == nil {
		p = in.constraints.Platform
	}
	return &pb.Platform{
		OS:           p.OS,
		Architecture: p.Architecture,
		Variant:      p.Variant,
		OSVersion:    p.OSVersion,
		OSFeatures:   p.OSFeatures,
	}
}

// distinct lists outputs without nil and without duplicates.
func distinct(outputs ...llb.Output) []llb.Output {
	list := make([]llb.Output, 0, len(outputs))
	for _, o := range outputs {
		if o != nil && !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}
