// Package expand expands variables in the words of a Dockerfile with BuildKit's
// shell lexer. Words with nothing to expand, which are most, do not reach the
// lexer.
package expand

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// A Lexer expands words. It is not safe for concurrent use.
type Lexer struct {
	escape rune
	// special are the characters that are not always copied to the result.
	special string
	options func(*shell.Lex)
	made    *shell.Lex // created on first use
}

// New returns a lexer for values.
func New(escape rune) *Lexer {
	return &Lexer{escape: escape, special: specialIn(escape), options: func(*shell.Lex) {}}
}

// NewDisplay returns a lexer for the display of command lines: quotes, escapes
// and unset variables stay. A word without variables may have unbalanced quotes.
func NewDisplay(escape rune) *Lexer {
	return &Lexer{escape: escape, special: "$", options: func(lex *shell.Lex) {
		lex.RawQuotes = true
		lex.RawEscapes = true
		lex.SkipUnsetEnv = true
	}}
}

// NewContent returns a lexer for the content of files, in which quotes have no
// meaning.
func NewContent() *Lexer {
	return &Lexer{escape: '\\', special: `$\`, options: func(lex *shell.Lex) { lex.SkipProcessQuotes = true }}
}

func (l *Lexer) lex() *shell.Lex {
	if l.made == nil {
		l.made = shell.NewLex(l.escape)
		l.options(l.made)
	}
	return l.made
}

// Word expands a word. It also returns the names of unset variables.
func (l *Lexer) Word(word string, env shell.EnvGetter) (string, map[string]struct{}, error) {
	if l.literal(word) {
		return word, nil, nil
	}
	return l.lex().ProcessWord(word, env)
}

// Words expands a word and splits it at spaces.
func (l *Lexer) Words(word string, env shell.EnvGetter) ([]string, error) {
	if word != "" && !strings.Contains(word, " ") && l.literal(word) {
		return []string{word}, nil
	}
	return l.lex().ProcessWords(word, env)
}

// Matches expands a word and returns the variables that it uses.
func (l *Lexer) Matches(word string, env shell.EnvGetter) (shell.ProcessWordResult, error) {
	if l.literal(word) {
		return shell.ProcessWordResult{Result: word}, nil
	}
	return l.lex().ProcessWordWithMatches(word, env)
}

func (l *Lexer) literal(word string) bool { return literal(word, l.special) }

// Literal reports whether a word expands to itself. It reports false for words
// that are not plain ASCII.
func Literal(word string, escape rune) bool { return literal(word, specialIn(escape)) }

// Cut cuts a word at the first character that the lexer may not copy. The part
// before it expands to itself.
func (l *Lexer) Cut(word string) (before, rest string) {
	i := strings.IndexAny(word, specialIn(l.escape)+"<") // << may begin a here-document
	if i < 0 || !literal(word[:i], l.special) {
		return "", word
	}
	return word[:i], word[i:]
}

func specialIn(escape rune) string { return `$'"` + string(escape) }

func literal(word, special string) bool {
	if strings.ContainsAny(word, special) {
		return false
	}
	for i := 0; i < len(word); i++ {
		if c := word[i]; c < ' ' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}
