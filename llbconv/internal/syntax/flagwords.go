package syntax

import (
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// flagWords returns the flags of a node as written. BuildKit's parser removes
// quotes and escapes from them.
func flagWords(node *parser.Node, escape rune) []string {
	if len(node.Flags) == 0 {
		return nil
	}
	line := strings.TrimLeftFunc(node.Original, unicode.IsSpace)
	rest := line[min(len(node.Value), len(line)):]
	var words []string
	for range node.Flags {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		n := FlagLength(rest, escape)
		words = append(words, rest[:n])
		rest = rest[n:]
	}
	return words
}

// FlagLength returns the length of the flag at the start of s, which may contain
// quoted spaces.
func FlagLength(s string, escape rune) int {
	var quote rune
	escaped := false
	for i, r := range s {
		switch {
		case escaped:
			escaped = false
		case r == escape:
			escaped = true
		case r == quote:
			quote = 0
		case quote != 0:
		case r == '"' || r == '\'':
			quote = r
		case unicode.IsSpace(r):
			return i
		}
	}
	return len(s)
}
