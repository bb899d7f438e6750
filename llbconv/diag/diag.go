// Package diag holds what a conversion reports about its input: errors and
// warnings as data, each with the source ranges it is about. Turning them into
// BuildKit's error and warning types is the frontend's business.
package diag

import (
	"errors"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Severity tells whether a problem stops the build. Zero is no severity.
type Severity int

// The severities.
const (
	Error Severity = iota + 1
	Warning
)

// A Diagnostic is one problem in the input.
type Diagnostic struct {
	Severity Severity
	// Code is the name of the lint rule or of the warning, empty for an error.
	Code string
	// Rule is set for a lint rule, which fails a build that treats warnings as
	// errors.
	Rule bool
	// Message is the problem in one sentence, without its position. Hint says
	// what to write instead; it may be empty.
	Message, Hint string
	// Suggestion is a text from which a fix can be made, which depends on the code.
	// It is empty where there is none.
	Suggestion string
	// Detail and URL explain a lint rule.
	Detail, URL string
	// File is what the ranges are in; nil is the Dockerfile.
	File *llb.SourceMap
	// Range is the place of the problem, Further are other places that take part
	// in it.
	Range   []parser.Range
	Further [][]parser.Range
	// Cause is the error behind an error diagnostic.
	Cause error
}

// Line is the first source line of the problem, 0 where none is known.
func (d Diagnostic) Line() int {
	for _, ranges := range d.Ranges() {
		return ranges[0].Start.Line
	}
	return 0
}

// Ranges are all places, that of the problem first.
func (d Diagnostic) Ranges() [][]parser.Range {
	var all [][]parser.Range
	for _, ranges := range append([][]parser.Range{d.Range}, d.Further...) {
		if len(ranges) > 0 {
			all = append(all, ranges)
		}
	}
	return all
}

// Text is the message with the hint behind it, in parentheses.
func (d Diagnostic) Text() string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + " (" + d.Hint + ")"
}

// A List holds diagnostics in the order in which they were found.
type List []Diagnostic

// FromError returns the diagnostics of an error: none for nil, those inside of
// an *Errors, or else one with the places and the hint that the error carries.
func FromError(err error) List {
	if err == nil {
		return nil
	}
	var many *Errors
	if errors.As(err, &many) {
		return many.Diagnostics
	}
	d := Diagnostic{Severity: Error, Message: err.Error(), Cause: err}
	d.Message, d.Hint = splitHint(err)
	var located *parser.LocationError
	if errors.As(err, &located) && len(located.Locations) > 0 {
		d.Range, d.Further = located.Locations[0], located.Locations[1:]
	}
	return List{d}
}

// Warnings returns the warnings in order.
func (l List) Warnings() List { return l.of(Warning) }

// Failed reports whether the list holds an error.
func (l List) Failed() bool { return len(l.of(Error)) > 0 }

// Err returns nil where the list holds no error, and an *Errors otherwise.
func (l List) Err() error {
	failed := l.of(Error)
	if len(failed) == 0 {
		return nil
	}
	shown := min(len(failed), maxErrors)
	return &Errors{Diagnostics: failed[:shown], More: len(failed) - shown}
}

func (l List) of(s Severity) List {
	var out List
	for _, d := range l {
		if d.Severity == s {
			out = append(out, d)
		}
	}
	return out
}
