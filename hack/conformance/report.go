package conformance

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Report compares Strata with the reference.
type Report struct {
	Title   string // what was run
	Version string // BuildKit's
	// Strata is the outcome of all tests, Reference that of the tests that Strata does
	// not pass.
	Strata, Reference *Outcome
}

// others returns the tests that Strata does not pass, by name.
func (r Report) others() []string {
	names := append(r.Strata.Names(Fail), r.Strata.Names(Skip)...)
	slices.Sort(names)
	return names
}

// Worse returns the tests that the reference passes and Strata does not.
func (r Report) Worse() []string {
	return slices.DeleteFunc(r.others(), func(name string) bool { return r.Reference.Tests[name] != Pass })
}

// String returns the numbers, then the names of the tests that Strata does not pass.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nThe integration suite of docker/dockerfile, BuildKit %s: %s\n\n", r.Version, r.Title)
	others := r.others()
	fmt.Fprintf(&b, "Strata passes %d of %d tests (%s).\n", len(r.Strata.Names(Pass)), len(r.Strata.Tests), r.Strata.Took.Round(time.Second))
	fmt.Fprintf(&b, "The reference passes %d of the other %d (%s).\n", len(r.Worse()), len(others), r.Reference.Took.Round(time.Second))
	list(&b, "Different", r.differences(others))
	list(&b, "Failed by both, for want of something in this environment", r.common(Fail))
	list(&b, "Skipped by the suite, for both", r.common(Skip))
	list(&b, "Passed only when run once more", r.Strata.Second)
	return b.String()
}

func (r Report) differences(names []string) (lines []string) {
	for _, name := range names {
		theirs, ours := r.Reference.Tests[name], r.Strata.Tests[name]
		if theirs != ours {
			lines = append(lines, fmt.Sprintf("%s: reference %s, strata %s: %s", name, theirs, ours, r.Strata.Reasons[name]))
		}
	}
	return lines
}

func (r Report) common(v Verdict) (lines []string) {
	for _, name := range r.Strata.Names(v) {
		if r.Reference.Tests[name] == v {
			lines = append(lines, name+": "+cmp.Or(r.Strata.Reasons[name], "no reason given"))
		}
	}
	return lines
}

func list(w io.Writer, title string, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(w, "\n%s:\n  %s\n", title, strings.Join(lines, "\n  "))
	}
}
