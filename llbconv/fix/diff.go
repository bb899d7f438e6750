package fix

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Diff returns a unified diff of a file for git apply. It is empty if nothing
// changed.
func Diff(name string, before, after []byte) string {
	if strings.ContainsAny(name, " ") {
		name += "\t" // marks the end of a name with blanks
	}
	return udiff.Unified("a/"+name, "b/"+name, string(before), string(after))
}

// A Change is an edit of whole lines.
type Change struct {
	// Range is the replaced part. Lines count from 1 and characters, which are code
	// points, from 0. The range does not include its end.
	Range parser.Range
	Text  string
}

// Changes returns the lines in which two texts differ.
func Changes(before, after []byte) []Change {
	edits := udiff.Lines(string(before), string(after))
	changes := make([]Change, 0, len(edits))
	for _, e := range edits {
		changes = append(changes, Change{
			Range: parser.Range{Start: place(before, e.Start), End: place(before, e.End)},
			Text:  e.New,
		})
	}
	return changes
}

func place(text []byte, offset int) parser.Position {
	before := text[:offset]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return parser.Position{Line: 1 + bytes.Count(before, []byte("\n")), Character: utf8.RuneCount(line)}
}
