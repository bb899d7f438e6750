package diag

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// A Recorder collects the diagnostics of a pass. The zero value is empty. It is
// not safe for concurrent use.
type Recorder struct{ list List }

// List returns what was recorded.
func (r *Recorder) List() List { return r.list }

// Failed reports whether an error was recorded.
func (r *Recorder) Failed() bool { return r.list.Failed() }

// Add records diagnostics.
func (r *Recorder) Add(list ...Diagnostic) { r.list = append(r.list, list...) }

// Error records an error; nil is ignored.
func (r *Recorder) Error(err error) { r.Add(FromError(err)...) }

// Linter returns a linter that records its warnings. A linter without a
// configuration records nothing.
func (r *Recorder) Linter(check *linter.Config) *linter.Linter {
	if check == nil {
		return linter.New(&linter.Config{})
	}
	config := *check
	config.Warn = func(rule, description, url, message string, location []parser.Range) {
		r.Add(Diagnostic{
			Severity: Warning,
			Kind:     Kind{Code: rule, Rule: true, Detail: description, URL: url},
			Message:  message,
			Range:    location,
		})
	}
	return linter.New(&config)
}

// WithComments returns a linter that also follows the check directive in some
// comments. Few comments have one, and BuildKit's parser takes several allocations
// for each comment.
func WithComments(lint *linter.Linter, comments []string) *linter.Linter {
	if !slices.ContainsFunc(comments, MayBeCheck) {
		return lint
	}
	return lint.WithMergedConfigFromComments(comments)
}

// MayBeCheck reports whether a comment may have a check directive.
func MayBeCheck(comment string) bool {
	const name = "check"
	comment = strings.TrimSpace(comment)
	return len(comment) > len(name) && strings.EqualFold(comment[:len(name)], name)
}

// Warn records a warning that is not a lint rule of BuildKit. Its code can be
// skipped like the name of a rule, and lint leaves it out if it records
// nothing. It does not fail a build that treats warnings as errors. Warn reports
// whether it recorded the warning.
func (r *Recorder) Warn(lint *linter.Linter, d Diagnostic) bool {
	if _, skipped := lint.SkippedRules[d.Kind.Code]; skipped || lint.SkipAll || lint.Warn == nil {
		return false
	}
	d.Severity = Warning
	r.Add(d)
	return true
}

// Suggest adds a suggestion to the last diagnostic, if that is the warning of a
// rule at a place. The warning may have been skipped.
func (r *Recorder) Suggest(code string, location []parser.Range, suggestion string) {
	if len(r.list) == 0 {
		return
	}
	last := &r.list[len(r.list)-1]
	if last.Kind.Code == code && last.Line() == (Diagnostic{Range: location}).Line() {
		last.Suggestion = suggestion
	}
}
