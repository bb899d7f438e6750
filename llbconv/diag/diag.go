// Package diag holds what a conversion reports about its input: errors and
// warnings as data, each with its source ranges. The frontend turns them into
// BuildKit's error and warning types.
package diag

import (
	"errors"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Severity says whether a problem stops the build. The zero value is not valid.
type Severity int

// The severities.
const (
	Error Severity = iota + 1
	Warning
)

// A Kind is a lint rule, or a warning of Strata's own.
type Kind struct {
	// Code is the name of the kind.
	Code string
	// Rule is set for a lint rule, which fails a build that treats warnings as
	// errors.
	Rule bool
	// Detail and URL explain the kind in general.
	Detail, URL string
}

// A Diagnostic is one problem in the input.
type Diagnostic struct {
	Severity Severity
	// Kind is the kind of a warning. It is empty for an error.
	Kind Kind
	// Message describes the problem in one sentence, without its position. Hint
	// says how to fix it; it may be empty.
	Message, Hint string
	// Suggestion is a text from which a fix can be made. Its meaning depends on the
	// kind. It may be empty.
	Suggestion string
	// File is the file that the ranges refer to, nil for the Dockerfile.
	File *llb.SourceMap
	// Range is the primary place of the problem, Further are related places.
	Range   []parser.Range
	Further [][]parser.Range
	// Cause is the error behind an error diagnostic.
	Cause error
}

// Line is the first source line of the problem, 0 if it is not known.
func (d Diagnostic) Line() int {
	for _, ranges := range d.Ranges() {
		return ranges[0].Start.Line
	}
	return 0
}

// Ranges returns all places, the primary one first.
func (d Diagnostic) Ranges() [][]parser.Range {
	var all [][]parser.Range
	for _, ranges := range append([][]parser.Range{d.Range}, d.Further...) {
		if len(ranges) > 0 {
			all = append(all, ranges)
		}
	}
	return all
}

// Text returns the message, with the hint in parentheses after it.
func (d Diagnostic) Text() string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + " (" + d.Hint + ")"
}

// A List holds diagnostics in the order of their discovery.
type List []Diagnostic

// FromError returns the diagnostics of an error: none for nil, those of an
// *Errors, else one with the places and the hint of the error.
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

// Err returns nil if the list holds no error, else an *Errors.
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
