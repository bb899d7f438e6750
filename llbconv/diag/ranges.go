package diag

import (
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
)

// Ranges converts source ranges to the type of BuildKit's messages.
func Ranges(ranges []parser.Range) []*pb.Range {
	out := make([]*pb.Range, 0, len(ranges))
	for _, r := range ranges {
		start := position(r.Start)
		end := start
		if r.End != r.Start {
			end = position(r.End)
		}
		out = append(out, &pb.Range{Start: start, End: end})
	}
	return out
}

func position(p parser.Position) *pb.Position {
	return &pb.Position{Line: int32(p.Line), Character: int32(p.Character)}
}
