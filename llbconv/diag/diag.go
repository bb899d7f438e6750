// Package diag holds what a conversion has to say about its input: errors and
// warnings as data, each with the source ranges it speaks of. Turning them
// into BuildKit's error and warning types is the frontend's business.
package diag

import (
	"errors"
	"fmt"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Severity tells whether a problem stops the build.
type Severity int

// The severities, the gravest first.
const (
	Error Severity = iota
	Warning
)

// A Diagnostic is one problem in the input.
type Diagnostic struct {
	Severity Severity
	// Code is the name of the lint rule for a warning, empty for an error.
	Code string
	// Message is the problem in one sentence, without its position.
	Message string
	// Detail and URL explain a lint rule.
	Detail, URL string
	// File is what Ranges speak of; nil is the Dockerfile.
	File *llb.SourceMap
	// Ranges are the places in the source, the innermost first.
	Ranges [][]parser.Range
	// Cause is the error behind an error diagnostic.
	Cause error
}

// Line is the first source line of the problem, 0 where none is known.
func (d Diagnostic) Line() int {
	for _, ranges := range d.Ranges {
		if len(ranges) > 0 {
			return ranges[0].Start.Line
		}
	}
	return 0
}

// A List collects diagnostics in the order in which they were found. The zero
// value is an empty list. It is not safe for concurrent use.
type List struct {
	items []Diagnostic
}

// All returns the diagnostics in order.
func (l *List) All() []Diagnostic { return l.items }

// AddError records err with the locations that it carries. Nil is ignored; an
// *Errors is taken apart into its diagnostics.
func (l *List) AddError(err error) {
	if err == nil {
		return
	}
	var many *Errors
	if errors.As(err, &many) {
		l.items = append(l.items, many.Diagnostics...)
		return
	}
	d := Diagnostic{Severity: Error, Message: err.Error(), Cause: err}
	var located *parser.LocationError
	if errors.As(err, &located) {
		d.Ranges = located.Locations
	}
	l.items = append(l.items, d)
}

// Merge appends the diagnostics of other.
func (l *List) Merge(other *List) {
	l.items = append(l.items, other.items...)
}

// Linter returns a linter that records its warnings in l.
func (l *List) Linter(config linter.Config) *linter.Linter {
	config.Warn = func(rule, description, url, message string, location []parser.Range) {
		l.items = append(l.items, Diagnostic{
			Severity: Warning,
			Code:     rule,
			Message:  message,
			Detail:   description,
			URL:      url,
			Ranges:   [][]parser.Range{location},
		})
	}
	return linter.New(&config)
}

// Warn records a warning that is not one of BuildKit's lint rules. It is skipped
// like one, under its code, and left out where lint records nothing; but it does
// not fail a build that treats warnings as errors.
func (l *List) Warn(lint *linter.Linter, d Diagnostic) {
	if _, skipped := lint.SkippedRules[d.Code]; skipped || lint.SkipAll || lint.Warn == nil {
		return
	}
	d.Severity = Warning
	l.Add(d)
}

// Warnings returns the warnings in order.
func (l *List) Warnings() []Diagnostic { return l.of(Warning) }

// Err returns nil where the list holds no error, and an *Errors otherwise.
func (l *List) Err() error {
	failed := l.of(Error)
	if len(failed) == 0 {
		return nil
	}
	shown := min(len(failed), maxErrors)
	return &Errors{Diagnostics: failed[:shown], More: len(failed) - shown}
}

func (l *List) of(s Severity) []Diagnostic {
	var out []Diagnostic
	for _, d := range l.items {
		if d.Severity == s {
			out = append(out, d)
		}
	}
	return out
}

// Errors is every error that a pass found. Its first message comes first and
// alone where there is only one, so that callers that look for a message find
// it; the others follow, each with its line. What is about another file than
// the Dockerfile says so itself.
type Errors struct {
	Diagnostics []Diagnostic
	// More is how many further errors there are, which are not told.
	More int
}

// What is no Dockerfile at all has an error in each line, and lines of any
// length. An error that tells all of that does not fit into a message of
// BuildKit, and nobody reads it.
const (
	maxErrors  = 50
	maxMessage = 2 << 10
)

func shorten(message string) string {
	end := ""
	if more := len(message) - maxMessage; more > 0 {
		message, end = message[:maxMessage], fmt.Sprintf("... (%d bytes more)", more)
	}
	return strings.ToValidUTF8(message, "\uFFFD") + end // what goes over the wire has to be UTF-8
}

// Error returns the messages, one per line.
func (e *Errors) Error() string {
	var b strings.Builder
	for i, d := range e.Diagnostics {
		if i > 0 {
			b.WriteString("\n")
			if line := d.Line(); line > 0 && d.File == nil {
				fmt.Fprintf(&b, "line %d: ", line)
			}
		}
		b.WriteString(shorten(d.Message))
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more errors", e.More)
	}
	return b.String()
}

// Unwrap returns the causes, so that errors.Is and errors.As see through.
func (e *Errors) Unwrap() []error {
	causes := make([]error, 0, len(e.Diagnostics))
	for _, d := range e.Diagnostics {
		causes = append(causes, d.Cause)
	}
	return causes
}

// Add appends a diagnostic.
func (l *List) Add(d Diagnostic) { l.items = append(l.items, d) }
