package syntax

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/diag"
)

// ParseTree parses the text of a Dockerfile with BuildKit's parser. The parser drops
// the comments above an empty one, and keeps the # of one that is indented. ParseTree
// adds all comments with flags to their instructions.
func ParseTree(text []byte) (*parser.Result, error) {
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil || !mayHaveFlags(text) {
		return tree, err
	}
	lines := linesOf(text)
	above := 0 // the last line of the instruction before
	for _, node := range tree.AST.Children {
		node.PrevComment = slices.DeleteFunc(node.PrevComment, isDirective)
		for _, line := range lines[above : node.StartLine-1] {
			if comment, ok := directiveLine(line); ok {
				node.PrevComment = append(node.PrevComment, comment)
			}
		}
		above = node.EndLine
		if err := noDirective(lines, node.StartLine, lastCommandLine(node), "write it above the instruction"); err != nil {
			return nil, err
		}
	}
	return tree, noDirective(lines, above, len(lines), "write it above an instruction")
}

// lastCommandLine returns the last line of an instruction before its here-documents.
func lastCommandLine(node *parser.Node) int {
	n := node.EndLine
	for _, doc := range node.Heredocs {
		n -= strings.Count(doc.Content, "\n") + 1
	}
	return n
}

// noDirective returns an error if there is a comment with flags between two lines.
func noDirective(lines [][]byte, above, last int, hint string) error {
	for i := above; i < last; i++ {
		if comment, ok := directiveLine(lines[i]); ok {
			err := errors.New("# " + comment + " belongs to no instruction")
			return parser.WithLocation(diag.WithHint(err, "%s", hint), oneLine(i+1))
		}
	}
	return nil
}

// linesOf returns the lines of a file, without a byte order mark.
func linesOf(text []byte) [][]byte {
	return bytes.Split(bytes.TrimPrefix(text, byteOrderMark), []byte("\n"))
}

// mayHaveFlags reports whether a comment may hold flags. Most files have none.
func mayHaveFlags(text []byte) bool {
	const name = "strata"
	for {
		_, rest, found := bytes.Cut(text, []byte("#"))
		if !found {
			return false
		}
		text = rest
		rest = bytes.TrimLeft(rest, " \t")
		if len(rest) >= len(name) && strings.EqualFold(string(rest[:len(name)]), name) {
			return true
		}
	}
}

// directiveLine returns the text of a line that is a comment with flags.
func directiveLine(line []byte) (comment string, ok bool) {
	text, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "#")
	text = strings.TrimSpace(text)
	return text, ok && isDirective(text)
}

func isDirective(comment string) bool {
	_, ok := Directive(comment)
	return ok
}
