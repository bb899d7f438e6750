package diag

import (
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
)

// Ranges converts source ranges to the type of BuildKit's messages.
func Ranges(ranges []parser.Range) []*pb.Range {
	out := make([]*pb.Range, 0, len(ranges))
	for _, r := range ranges {
		out = append(out, &pb.Range{Start: position(r.Start), End: position(r.End)})
	}
	return out
}

func position(p parser.Position) *pb.Position {
	return &pb.Position{Line: int32(p.Line), Character: int32(p.Character)}
}
