package fix

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// A File is the text of a Dockerfile and the places of its instructions.
type File struct {
	text         []byte
	escape       rune
	lines        []int // where each line starts
	instructions []instruction
}

// Parse reads a Dockerfile.
func Parse(text []byte) (*File, error) {
	tree, err := syntax.ParseTree(text)
	if err != nil {
		return nil, err
	}
	f := &File{text: text, escape: tree.EscapeToken, lines: lineStarts(text)}
	for _, node := range tree.AST.Children {
		f.instructions = append(f.instructions, f.instruction(node))
	}
	return f, nil
}

func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, c := range text {
		if c == '\n' && i+1 < len(text) {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// line returns the n-th line, counted from 1, with its line ending.
func (f *File) line(n int) []byte {
	end := len(f.text)
	if n < len(f.lines) {
		end = f.lines[n]
	}
	return f.text[f.lines[n-1]:end]
}

// An instruction is an instruction whose text is joined into one line.
type instruction struct {
	node *parser.Node
	// text is the instruction without continuations, here-documents and the
	// comments inside it. It is empty if it is not known. at are the offsets of its
	// bytes in the file.
	text string
	at   []int
	// blank are the numbers of the empty lines inside it. commented is set if there
	// are comments inside.
	blank     []int
	commented bool
	// open is the line that continues at the end of the file, 0 if there is none.
	open int
}

var byteOrderMark = []byte("\xEF\xBB\xBF")

// instruction joins the lines of an instruction like BuildKit's parser.
func (f *File) instruction(node *parser.Node) instruction {
	in := instruction{node: node}
	var joined []byte
	for n := node.StartLine; n <= len(f.lines); n++ {
		line := bytes.TrimRight(f.line(n), "\r\n")
		trimmed := bytes.TrimLeftFunc(line, unicode.IsSpace)
		start := f.lines[n-1]
		switch {
		case n == node.StartLine:
			trimmed = bytes.TrimLeftFunc(bytes.TrimPrefix(line, byteOrderMark), unicode.IsSpace)
			start += len(line) - len(trimmed)
			line = trimmed
		case len(trimmed) == 0:
			in.blank = append(in.blank, n)
			continue
		case trimmed[0] == '#':
			in.commented = true
			continue
		}
		line, continued := f.continued(line)
		for i := range line {
			in.at = append(in.at, start+i)
		}
		joined = append(joined, line...)
		in.open = n
		if !continued {
			in.open = 0
			break
		}
	}
	if string(joined) == node.Original {
		in.text = node.Original
	}
	return in
}

// continued removes the escape character at the end of a line that continues.
func (f *File) continued(line []byte) ([]byte, bool) {
	bare := bytes.TrimRight(line, " \t")
	n := len(bare) - 1
	if n < 0 || rune(bare[n]) != f.escape || n > 0 && rune(bare[n-1]) == f.escape {
		return line, false
	}
	return bare[:n], true
}

// is reports whether the instruction has one of the names, in lower case.
func (in instruction) is(names ...string) bool {
	for _, name := range names {
		if strings.EqualFold(in.node.Value, name) && in.text != "" {
			return true
		}
	}
	return false
}

// A span is a part of the text of an instruction.
type span struct{ start, end int }

// words returns the parts between blanks. The first is the name of the instruction.
func (in instruction) words() (words []span) {
	start := -1
	for i, r := range in.text + " " {
		switch blank := unicode.IsSpace(r); {
		case blank && start >= 0:
			words = append(words, span{start, i})
			start = -1
		case !blank && start < 0:
			start = i
		}
	}
	return words
}

func (in instruction) word(s span) string { return in.text[s.start:s.end] }

// arguments returns the part after the name. There is none that can be edited if
// the instruction has flags or no arguments.
func (in instruction) arguments() (span, bool) {
	words := in.words()
	if len(words) < 2 || len(in.node.Flags) > 0 {
		return span{}, false
	}
	return span{words[1].start, words[len(words)-1].end}, true
}

// replace replaces a part of an instruction. It does not change a part that spans
// several lines.
func (f *File) replace(in instruction, s span, text string) []advice.Edit {
	first, last := in.at[s.start], in.at[s.end-1]
	if last-first != s.end-1-s.start {
		return nil
	}
	return []advice.Edit{f.edit(first, last+1, text)}
}

// edit replaces a part of the file within one line.
func (f *File) edit(start, end int, text string) advice.Edit {
	return advice.Edit{Range: parser.Range{Start: f.position(start), End: f.position(end)}, Text: text}
}

// position returns the place of an offset that is not the start of a line after an
// edit.
func (f *File) position(offset int) parser.Position {
	n := 1
	for n < len(f.lines) && f.lines[n] <= offset {
		n++
	}
	return parser.Position{Line: n, Character: offset - f.lines[n-1]}
}

// remove removes whole lines.
func remove(first, last int) advice.Edit {
	return advice.Edit{Range: parser.Range{Start: parser.Position{Line: first}, End: parser.Position{Line: last + 1}}}
}

// insertLine inserts a line before another.
func insertLine(before int, text string) advice.Edit {
	at := parser.Position{Line: before}
	return advice.Edit{Range: parser.Range{Start: at, End: at}, Text: text + "\n"}
}
