package fix

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Diff is a unified diff of a file as git apply takes it, empty where nothing
// changed.
func Diff(name string, before, after []byte) string {
	if strings.ContainsAny(name, " ") {
		name += "\t" // ends a name with blanks
	}
	return udiff.Unified("a/"+name, "b/"+name, string(before), string(after))
}

// A Change is an edit of whole lines.
type Change struct {
	// Range is what is replaced. Lines count from 1 and characters, which are code
	// points, from 0; the end is not part of it.
	Range parser.Range
	Text  string
}

// Changes are the lines in which two texts differ.
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
