package ops

import (
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// Merge lays filesystems over each other. Empty ones make no difference; the
// result is nil where all are.
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
	op := newOp(m, need(pb.CapMergeOp))
	op.platformless, op.repeats = true, true
	merge := &pb.MergeOp{}
	for _, l := range full {
		in := &pb.MergeInput{}
		merge.Inputs = append(merge.Inputs, in)
		op.read(l, &in.Input)
	}
	op.proto.Op = &pb.Op_Merge{Merge: merge}
	return op
}
