package fix

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
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
	return numberHunks(udiff.Unified("a/"+name, "b/"+name, string(before), string(after)))
}

var hunkHeader = regexp.MustCompile(`(?m)^@@ -(\d+)(?:,(\d+))? \+\d+((?:,(\d+))? @@)`)

// numberHunks sets the lines at which hunks begin in the new text. Package udiff forgets
// the lines between two edits of a hunk, and git may then apply the next hunk to a
// similar place above its own.
func numberHunks(diff string) string {
	added := 0
	return hunkHeader.ReplaceAllStringFunc(diff, func(header string) string {
		m := hunkHeader.FindStringSubmatch(header)
		from, _ := strconv.Atoi(m[1])
		before, after := linesOf(m[2]), linesOf(m[4])
		start := from + added
		added += after - before
		return fmt.Sprintf("%s+%d%s", header[:strings.IndexByte(header, '+')], start, m[3])
	})
}

// linesOf returns the number of lines in a header, which omits 1.
func linesOf(count string) int {
	if count == "" {
		return 1
	}
	n, _ := strconv.Atoi(count)
	return n
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
