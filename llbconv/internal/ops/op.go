// Package ops makes the LLB ops of a conversion. Where the state of package
// client/llb collects options over a chain of values and looks each of them up
// again, an op here is made from plain data, once. It is an llb.Vertex, so that
// both kinds can read from each other, and its bytes are the same.
package ops

import (
	"context"
	"slices"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Meta is what BuildKit is told about an op beside what it does. None of it is
// part of the cache key.
type Meta struct {
	// Name is shown to the user; Command is the instruction as written.
	Name, Command string
	IgnoreCache   bool
	Group         *Group
	Resources     *pb.LinuxResources
	SourceMap     *llb.SourceMap
	Ranges        []*pb.Range
	// UTF8 tells that all strings of the op are known to be UTF-8. Otherwise
	// they are checked, and an op in which one is not cannot be sent.
	UTF8 bool
}

// A Group shows several ops as one step.
type Group struct {
	Name string
	// Weak groups name a step only where no other does.
	Weak bool
	// Of is the op that makes the group different from all others.
	Of llb.Output
}

func (g *Group) proto(ctx context.Context, c *llb.Constraints) (*pb.ProgressGroup, error) {
	if g == nil {
		return nil, nil
	}
	of, err := g.Of.ToInput(ctx, c)
	if err != nil {
		return nil, err
	}
	return &pb.ProgressGroup{Id: of.Digest, Name: g.Name, Weak: g.Weak}, nil
}

// An Op is one vertex with one output: the filesystem that the next op reads.
type Op struct {
	// proto is complete but for the inputs and the platform.
	proto pb.Op
	meta  Meta
	caps  caps

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
	inputSpace [2]llb.Output
	slotSpace  [3]slot
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

// noConstraints are the worker constraints of all ops.
var noConstraints = &pb.WorkerConstraints{}

func newOp(m Meta, needs caps) *Op {
	op := &Op{meta: m, caps: needs}
	op.proto.Constraints = noConstraints
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
