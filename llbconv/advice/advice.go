// Package advice checks how a Dockerfile uses the cache. Each check is a pure
// function from a build to findings. A finding says what is wrong and where. If the
// fix is safe, it also has the edits of the Dockerfile.
//
// A check reports nothing if it is not certain. It ignores code that it cannot
// interpret, such as a command with variables.
package advice

import (
	"cmp"
	"sort"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// A Finding is one place where a Dockerfile could use the cache better.
type Finding struct {
	// Code is the name of the check.
	Code string
	// Message describes the problem in one sentence, without its position. Hint
	// suggests a remedy.
	Message, Hint string
	// Range is the place of the problem. Further has other places that contribute
	// to it. All are whole lines, like those of BuildKit's lint rules.
	Range   []parser.Range
	Further [][]parser.Range
	// Edits together fix the problem. They are empty if no fix is known to be safe.
	Edits []Edit
	// Reads says which files the step reads that the finding is about. It is nil if
	// that is not known.
	Reads *StepReads
}

// StepReads are the only files of the build context that a step reads.
type StepReads struct {
	// Line is the first line of the step, Command its command in messages.
	Line    int
	Command string
	// Files are paths in the context.
	Files []string
}

// Line returns the first line of the problem.
func (f Finding) Line() int {
	if len(f.Range) == 0 {
		return 0
	}
	return f.Range[0].Start.Line
}

// A Check looks for one kind of problem.
type Check struct {
	Name string
	// Description describes the kind of problem in one sentence.
	Description string
	// find returns the findings, without their code.
	find func(*view) []Finding
}

// pages is the URL of the pages of the checks.
const pages = "https://github.com/stratabuild/strata/blob/main/docs/checks/"

// URL returns the URL of the check's page.
func (c Check) URL() string { return pages + c.Name + ".md" }

// Checks returns all checks, sorted by name.
func Checks() []Check {
	return []Check{
		argTooEarly,
		broadContext,
		chownAfterCopy,
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

// Lookup returns the check with a name.
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
	sort.SliceStable(all, func(i, j int) bool {
		return cmp.Or(cmp.Compare(all[i].Line(), all[j].Line()), cmp.Compare(all[i].Code, all[j].Code)) < 0
	})
	return all
}
