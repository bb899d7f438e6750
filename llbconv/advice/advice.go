// Package advice checks how a Dockerfile uses the cache. Each check is a pure
// function from a build to findings. A finding says what is wrong and where, and,
// where the fix is safe, how the text of the Dockerfile is to be edited.
//
// The checks are made to be silent where they cannot be sure: what they do not
// understand, such as a command with variables in it, they pass over.
package advice

import (
	"cmp"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// A Finding is one place where a Dockerfile could use the cache better.
type Finding struct {
	// Code is the name of the check.
	Code string
	// Message is the problem in one sentence, without its position. Hint says
	// what to do about it.
	Message, Hint string
	// Range is the place of the problem, Further are other places that take part
	// in it. They are whole lines, as those of BuildKit's lint rules.
	Range   []parser.Range
	Further [][]parser.Range
	// Edits fix the problem, all of them together. There are none where no fix is
	// known to be safe.
	Edits []Edit
}

// Line is the first line of the place of the problem.
func (f Finding) Line() int {
	if len(f.Range) == 0 {
		return 0
	}
	return f.Range[0].Start.Line
}

// A Check looks for one kind of problem.
type Check struct {
	Name string
	// Description is the problem in general, in one sentence.
	Description string
	// find returns the findings, which lack their code.
	find func(*view) []Finding
}

// pages is where the pages of the checks are.
const pages = "https://github.com/stratabuild/strata/blob/main/docs/checks/"

// URL is the page of the check.
func (c Check) URL() string { return pages + c.Name + ".md" }

// Checks returns all checks, sorted by name.
func Checks() []Check {
	return []Check{
		argTooEarly,
		broadContext,
		copyBeforeInstall,
		excludeNotExpanded,
		heredocIgnoresErrors,
		installWithoutCacheMount,
		listInOneVariable,
		listsNotRemoved,
		platformArgDefault,
		platformOnStage,
		secretInLayer,
		secretWithoutKey,
		staleFetch,
		updateAlone,
	}
}

// Lookup returns the check of a name.
func Lookup(name string) (Check, bool) {
	for _, c := range Checks() {
		if c.Name == name {
			return c, true
		}
	}
	return Check{}, false
}

// Run returns the findings of some checks, in the order of the Dockerfile.
func Run(b Build, checks []Check) []Finding {
	v := newView(b)
	var all []Finding
	for _, c := range checks {
		for _, f := range c.find(v) {
			f.Code = c.Name
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line(), b.Line()), cmp.Compare(a.Code, b.Code))
	})
	return all
}
