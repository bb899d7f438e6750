package diag

import (
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
)

// Ranges are source ranges in the form that BuildKit's messages have.
func Ranges(ranges []parser.Range) []*pb.Range {
	out := make([]*pb.Range, len(ranges))
	for i, r := range ranges {
		var at struct { // one allocation for all three
			pb.Range
			start, end pb.Position
		}
		at.start.Line, at.start.Character = int32(r.Start.Line), int32(r.Start.Character)
		at.end.Line, at.end.Character = int32(r.End.Line), int32(r.End.Character)
		at.Start, at.End = &at.start, &at.end
		out[i] = &at.Range
	}
	return out
}
