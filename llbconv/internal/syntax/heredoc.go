package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/stratabuild/strata/llbconv/diag"
)

// explainHeredoc adds to the parser's error about an unterminated here-document
// which one it is, and a probable reason.
func explainHeredoc(err error, text []byte) error {
	var located *parser.LocationError
	if !errors.As(err, &located) || located.Error() != "unterminated heredoc" || len(located.Locations) == 0 {
		return err
	}
	ranges := located.Locations[0]
	lines := bytes.Split(text, []byte("\n"))
	first := ranges[0].Start.Line
	if first < 1 || first > len(lines) {
		return err
	}
	command, end := commandLine(lines, first)
	name, open := openHeredoc(command, lines[end:])
	if open == nil {
		return err
	}
	err = fmt.Errorf("unterminated heredoc: no line after line %d is %q, the delimiter of the here-document %s", end, open.Name, name)
	if hint := heredocHint(command, name, open, lines, end); hint != "" {
		err = diag.WithHint(err, "%s", hint)
	}
	return parser.WithLocation(err, []parser.Range{{Start: parser.Position{Line: first}, End: parser.Position{Line: end}}})
}

// commandLine is an instruction with its continuation lines, and the number of
// its last line.
func commandLine(lines [][]byte, first int) (string, int) {
	var b strings.Builder
	for n := first; ; n++ {
		line := bytes.TrimRight(lines[n-1], " \t\r")
		if isComment := n > first && bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")); isComment && n < len(lines) {
			continue
		}
		continued := bytes.HasSuffix(line, []byte(`\`)) || bytes.HasSuffix(line, []byte("`"))
		b.Write(bytes.TrimRight(line, "\\`"))
		if blank := len(line) == 0; !continued && !blank || n == len(lines) {
			return b.String(), n
		}
	}
}

// openHeredoc returns the first here-document of a command that has no end, and
// the word that begins it.
func openHeredoc(command string, lines [][]byte) (string, *parser.Heredoc) {
	lex := shell.NewLex('\\')
	lex.RawQuotes, lex.RawEscapes, lex.SkipUnsetEnv = true, true, true
	words, _ := lex.ProcessWords(command, noEnv{})
	for _, word := range words {
		doc := parser.MustParseHeredoc(word)
		if doc == nil {
			continue
		}
		n := endOf(doc, lines)
		if n < 0 {
			return word, doc
		}
		lines = lines[n+1:]
	}
	return "", nil
}

// endOf returns the index of the line that ends a here-document, -1 if there is
// none.
func endOf(doc *parser.Heredoc, lines [][]byte) int {
	for i, line := range lines {
		line = bytes.TrimRight(line, "\r")
		if doc.Chomp {
			line = bytes.TrimLeft(line, "\t")
		}
		if string(line) == doc.Name {
			return i
		}
	}
	return -1
}

// heredocHint suggests what the author probably meant.
func heredocHint(command, word string, doc *parser.Heredoc, lines [][]byte, end int) string {
	if before, _, _ := strings.Cut(command, word); strings.Count(before, "((") > strings.Count(before, "))") {
		return "for a shift inside (( )), leave no blank before the <<"
	}
	if bare, _, redirects := strings.Cut(doc.Name, ">"); redirects && bare != "" {
		return fmt.Sprintf("write a blank before the >, or the delimiter is all of %q", doc.Name)
	}
	for i, line := range lines[end:] {
		if string(bytes.TrimSpace(line)) != doc.Name {
			continue
		}
		if doc.Chomp {
			return fmt.Sprintf("line %d has blanks beside it: <<- allows tabs before the delimiter, and nothing else", end+i+1)
		}
		return fmt.Sprintf("line %d has blanks beside it: move it to the start of the line, or write <<-%s and indent by tabs", end+i+1, doc.Name)
	}
	return ""
}

// noEnv is an environment without variables.
type noEnv struct{}

func (noEnv) Get(string) (string, bool) { return "", false }
func (noEnv) Keys() []string            { return nil }
