package diag

import (
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
)

// Ranges are source ranges in the form that BuildKit's messages have.
func Ranges(ranges []parser.Range) []*pb.Range {
	type located struct { // one allocation for all three
		pb.Range
		start, end pb.Position
	}
	var one struct { // and for the list, which is short for most
		located
		list [1]*pb.Range
	}
	out := one.list[:0]
	for i, r := range ranges {
		at := &one.located
		if i > 0 {
			at = &located{}
		}
		at.start.Line, at.start.Character = int32(r.Start.Line), int32(r.Start.Character)
		at.end.Line, at.end.Character = int32(r.End.Line), int32(r.End.Character)
		at.Start, at.End = &at.start, &at.end
		out = append(out, &at.Range)
	}
	return out
}
