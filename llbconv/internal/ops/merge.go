package ops

import (
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// merge merges filesystems, later ones over earlier ones.
type merge struct{ layers []llb.Output }

// Merge merges filesystems, later ones over earlier ones. It leaves out empty
// ones, and returns nil if all are empty.
func Merge(m Meta, layers ...llb.Output) llb.Output {
	var full []llb.Output
	for _, l := range layers {
		if l != nil {
			full = append(full, l)
		}
	}
	switch len(full) {
	case 0:
		return nil
	case 1:
		return full[0]
	}
	return &Op{operation: merge{full}, meta: m}
}

func (m merge) reads() []llb.Output { return m.layers }

func (m merge) fill(message *pb.Op, in *inputs) {
	op := &pb.MergeOp{}
	for _, l := range m.layers { // equal layers have an input each
		op.Inputs = append(op.Inputs, &pb.MergeInput{Input: in.add(l)})
	}
	message.Op = &pb.Op_Merge{Merge: op}
}

func (merge) need(caps capabilities) { caps.add(pb.CapMergeOp) }

func (merge) usage() usage { return usage{} }
