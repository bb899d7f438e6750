package advice

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// An Edit replaces a part of the text of a Dockerfile.
type Edit struct {
	// Range is the replaced part. Lines count from 1 and characters from 0, in
	// bytes, as in BuildKit's parser. The range does not include its end. An empty
	// range inserts. The start of the line after the last one is the end of the
	// text.
	Range parser.Range
	// Text is the new text. Its lines end in "\n", even if the lines of the file
	// end differently.
	Text string
}

// insert inserts text at the start of a line.
func insert(line int, text string) Edit { return replace(line, line, text) }

// replace replaces the lines from first up to, not including, end.
func replace(first, end int, text string) Edit {
	return Edit{parser.Range{Start: parser.Position{Line: first}, End: parser.Position{Line: end}}, text}
}

// insertAt inserts text into a line.
func insertAt(line, character int, text string) Edit {
	at := parser.Position{Line: line, Character: character}
	return Edit{parser.Range{Start: at, End: at}, text}
}

// Apply applies the edits. Inserted text gets the line endings of the file. Equal
// edits are applied once. It is an error if different edits overlap, or if a range
// is outside the text.
func Apply(text []byte, edits []Edit) ([]byte, error) {
	lines := lineStarts(text)
	spans := make([]span, 0, len(edits))
	for _, e := range edits {
		s, err := spanOf(text, lines, e)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(spans, s) {
			spans = append(spans, s)
		}
	}
	slices.SortStableFunc(spans, span.compare)
	var out []byte
	done := 0
	for _, s := range spans {
		if s.start < done {
			return nil, fmt.Errorf("two edits overlap at byte %d", s.start)
		}
		out = append(out, text[done:s.start]...)
		out = append(out, s.text...)
		done = s.end
	}
	return append(out, text[done:]...), nil
}

// A span is an edit with byte offsets.
type span struct {
	start, end int
	text       string
}

func (s span) compare(t span) int {
	return cmp.Or(cmp.Compare(s.start, t.start), cmp.Compare(s.end, t.end))
}

func spanOf(text []byte, lines []int, e Edit) (span, error) {
	start, startOK := offset(text, lines, e.Range.Start)
	end, endOK := offset(text, lines, e.Range.End)
	if !startOK || !endOK || end < start {
		return span{}, fmt.Errorf("the text has no range from %d:%d to %d:%d",
			e.Range.Start.Line, e.Range.Start.Character, e.Range.End.Line, e.Range.End.Character)
	}
	inserted := e.Text
	if usesCRLF(text) {
		inserted = strings.ReplaceAll(inserted, "\n", "\r\n")
	}
	if start == len(text) && len(text) > 0 && text[len(text)-1] != '\n' && e.Range.Start.Character == 0 {
		inserted = lineEnd(text) + inserted // the last line has no end
	}
	return span{start, end, inserted}, nil
}

// offset returns the byte offset of a position.
func offset(text []byte, lines []int, p parser.Position) (int, bool) {
	if p.Line == len(lines)+1 && p.Character == 0 {
		return len(text), true
	}
	if p.Line < 1 || p.Line > len(lines) || p.Character < 0 {
		return 0, false
	}
	end := len(text)
	if p.Line < len(lines) {
		end = lines[p.Line]
	}
	at := lines[p.Line-1] + p.Character
	return at, at <= end
}

// lineStarts returns the offsets of the lines of a text. There is no further line
// after a final line ending.
func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, c := range text {
		if c == '\n' && i+1 < len(text) {
			starts = append(starts, i+1)
		}
	}
	return starts
}

func usesCRLF(text []byte) bool { return lineEnd(text) == "\r\n" }

// lineEnd returns the line ending of the first line of a text.
func lineEnd(text []byte) string {
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
