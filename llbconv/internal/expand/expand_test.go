package expand

import (
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/stratabuild/strata/llbconv/internal/env"
)

// FuzzLiteral checks that BuildKit's lexer also treats a literal word as literal.
func FuzzLiteral(f *testing.F) {
	for _, word := range []string{"", "plain", "two words", " led by a space", "tab\there", "a=b", "#x", "~", "*.go", "a\\b", "$v", "a;b|c", "<<EOF", "a < b <<- c", `echo "a\n" 'b'`, `'open`, `open\`} {
		f.Add(word)
	}
	vars := env.New([]string{"v=value"})
	f.Fuzz(func(t *testing.T, word string) {
		for _, escape := range []rune{'\\', '`'} {
			for _, l := range []*Lexer{New(escape), NewDisplay(escape), NewContent()} {
				if !l.literal(word) {
					continue
				}
				lex := l.lex()
				got, unmatched, err := (*shell.Lex).ProcessWord(lex, word, vars)
				if err != nil && lex.RawQuotes {
					continue // unbalanced quotes
				}
				if got != word || len(unmatched) > 0 || err != nil {
					t.Fatalf("%q is not a literal: %q, %v, %v", word, got, unmatched, err)
				}
			}
		}
	})
}

// FuzzCut checks that the lexer copies the part of a word that Cut cuts off.
func FuzzCut(f *testing.F) {
	for _, word := range []string{"", "plain", "a $v b", "a <<$v", "RUN echo 'a' \"$v\"", `a\$v`, "a`$v", "tab\t$v", "\u00e9 $v", "a \ufeff$v", "a <<EOF $v", "a < $v", "a 'open $v"} {
		f.Add(word)
	}
	vars := env.New([]string{"v=value"})
	f.Fuzz(func(t *testing.T, word string) {
		for _, escape := range []rune{'\\', '`'} {
			for _, l := range []*Lexer{New(escape), NewDisplay(escape)} {
				before, rest := l.Cut(word)
				want, _, err := l.Word(word, vars)
				got, _, failed := l.Word(rest, vars)
				if before+rest != word || (err == nil) != (failed == nil) || err == nil && before+got != want {
					t.Fatalf("%q: %q and %q, %v, want %q, %v", word, before, got, failed, want, err)
				}
			}
		}
	})
}
