package llbconv

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/source"
)

// context returns the main context for the lowering pass, with a matcher for
// the ignore file.
func (c *conversion) context(main source.MainContext) lower.Context {
	context := lower.Context{Output: main.Content.State.Output()}
	if len(main.Ignore.Patterns) == 0 {
		return context
	}
	m, err := patternmatcher.New(main.Ignore.Patterns)
	if err != nil {
		c.add(badPatterns(main.Ignore))
		return context
	}
	c.checkIgnoreSize(m.Patterns())
	context.Ignore = m
	return context
}

// BuildKit sends the patterns to the client in the header of a request. The
// client accepts a header of this size.
const (
	maxHeader      = 1 << 20 // bytes
	besidesPattern = 48      // bytes for each pattern besides its text
)

// checkIgnoreSize warns of more patterns than BuildKit can send. The error of
// BuildKit does not mention the patterns.
func (c *conversion) checkIgnoreSize(patterns []*patternmatcher.Pattern) {
	size := 0
	for _, p := range patterns {
		size += len(p.String()) + besidesPattern
	}
	if size <= maxHeader {
		return
	}
	c.found.Warn(c.found.Linter(c.check()), diag.Diagnostic{
		Kind:    diag.Kind{Code: "TooManyIgnorePatterns", Detail: "The patterns go to the client in a header of at most 1 MB, in which each takes 48 bytes besides its own"},
		Message: fmt.Sprintf("BuildKit cannot send the %d patterns of the ignore file to the client; write fewer and wider ones", len(patterns)),
	})
}

// badPatterns returns an error for each invalid pattern, with its line if the
// text of the file is known.
func badPatterns(file source.IgnoreFile) (bad diag.List) {
	var name string
	var text []byte
	if file.Source != nil {
		name, text = file.Source()
	}
	lines := patternLines(text)
	sourceMap := llb.NewSourceMap(nil, name, "", text)
	for i, p := range file.Patterns {
		_, err := patternmatcher.New([]string{p})
		if err == nil {
			continue
		}
		where := "ignore file"
		d := diag.Diagnostic{Severity: diag.Error, Cause: err, Hint: patternHint(p)}
		if i < len(lines) {
			where = fmt.Sprintf("%s:%d", name, lines[i])
			at := parser.Position{Line: lines[i]}
			d.File, d.Range = sourceMap, []parser.Range{{Start: at, End: at}}
		}
		d.Message = fmt.Sprintf(`%s: invalid pattern "%s": %v`, where, p, err)
		bad = append(bad, d)
	}
	return bad
}

// patternLines returns the numbers of the lines of an ignore file that hold
// patterns.
func patternLines(text []byte) (lines []int) {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		// A single line can fail only for its length; then the whole file
		// failed before.
		if patterns, _ := ignorefile.ReadAll(bytes.NewReader(line)); len(patterns) > 0 {
			lines = append(lines, n)
		}
	}
	return lines
}

// patternHint says what is wrong with a pattern and how to fix it.
func patternHint(pattern string) string {
	switch {
	case pattern == "!":
		return "write the files to send after the !"
	case strings.HasSuffix(pattern, `\`):
		return `a \ needs a character after it; write \\ for the character itself`
	default:
		return `a [ needs characters and a ]; write \[ for the character itself`
	}
}
