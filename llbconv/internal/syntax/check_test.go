package syntax

import (
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// A file in which BuildKit's parser finds a check directive may have one.
func TestMayHaveCheck(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                      false,
		"FROM a\n":                              false,
		"# a comment\nFROM a\n":                 false,
		"FROM a\n# check=skip=all\n":            false,
		"# syntax=x\n#check=skip=all\nFROM a\n": true,
		"# Check = skip=all\r\nFROM a\r\n":      true,
		"\ufeff# check=skip=all\nFROM a\n":      true,
		"#!/usr/bin/env x\n# check=skip=all\n":  true,
		"#\u00a0check=error=true":               true,
	} {
		if got := mayHaveCheck([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzMayHaveCheck(f *testing.F) {
	for _, text := range []string{"FROM a\n", "#check=skip=all", "# escape=`\n# CHECK=error=true\n", "\ufeff#check=x", "#!x\n#check=x"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, _, _, found := parser.ParseDirective("check", text); found && !mayHaveCheck(text) {
			t.Errorf("%q has a check directive", text)
		}
	})
}
