package llbconv

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// A File is a parsed Dockerfile. Nothing changes it, so that any number of
// conversions may use it at once.
type File struct {
	// Text is the text of the Dockerfile.
	Text   []byte
	syntax *syntax.File
}

// Parse parses a Dockerfile. check is the lint configuration; if it is nil, the
// check directive of the file counts. The list holds all warnings and errors; the
// file is nil if there are errors.
func Parse(text []byte, check *linter.Config) (*File, diag.List) {
	f, diags := syntax.Parse(text, check)
	if f == nil {
		return nil, diags
	}
	return &File{Text: text, syntax: f}, diags
}

// CheckDirective returns the lint configuration in the check directive of a
// Dockerfile. It is the default one if the file has no such directive.
func CheckDirective(text []byte) (*linter.Config, error) { return syntax.CheckDirective(text) }

// HintCheck adds to an error of linter.ParseLintOptions how to fix it.
func HintCheck(err error) error { return syntax.HintCheck(err) }
