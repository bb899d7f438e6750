package conformance

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Report compares the two outcomes.
type Report struct {
	Title             string // what was run
	Version           string // BuildKit's
	Reference, Strata *Outcome
	// Kept is set if the reference's outcome is that of an earlier run.
	Kept bool
}

// Worse returns the tests that the reference passes and Strata does not.
func (r Report) Worse() (names []string) {
	for _, d := range Compare(r.Reference, r.Strata) {
		if d.Reference == Pass && d.Strata != Pass {
			names = append(names, d.Name)
		}
	}
	return names
}

// String returns the table, then the names of the unexpected results.
func (r Report) String() string {
	var b strings.Builder
	r.table(&b)
	r.differences(&b)
	list(&b, "Failed by both, for want of something in this environment", r.common(Fail))
	list(&b, "Skipped by the suite, for both", r.common(Skip))
	list(&b, "Passed by reference only when run once more", r.Reference.Second)
	list(&b, "Passed by strata only when run once more", r.Strata.Second)
	passed := len(r.Reference.Names(Pass))
	fmt.Fprintf(&b, "\nOf the %d tests that the reference passes here, Strata passes %d.\n", passed, passed-len(r.Worse()))
	return b.String()
}

func (r Report) table(w io.Writer) {
	fmt.Fprintf(w, "\nThe integration suite of docker/dockerfile, BuildKit %s: %s\n\n", r.Version, r.Title)
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tpass\tskip\tfail\ttime\t\n")
	row := func(name string, o *Outcome) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\t\n", name, len(o.Names(Pass)), len(o.Names(Skip)), len(o.Names(Fail)), o.Took.Round(time.Second))
	}
	row("reference", r.Reference)
	row("strata", r.Strata)
	t.Flush()
	if r.Kept {
		fmt.Fprintf(w, "\nThe reference's outcome is kept from %s.\n", r.Reference.When.Format("2006-01-02 15:04"))
	}
}

func (r Report) differences(w io.Writer) {
	const none = "does not have it"
	diffs := Compare(r.Reference, r.Strata)
	fmt.Fprintf(w, "\nDifferences: %d\n", len(diffs))
	for _, d := range diffs {
		fmt.Fprintf(w, "  %s: reference %s, strata %s\n", d.Name, cmp.Or(d.Reference, none), cmp.Or(d.Strata, none))
		for _, o := range []*Outcome{r.Reference, r.Strata} {
			if text := o.Reasons[d.Name]; text != "" {
				fmt.Fprintf(w, "      %s\n", text)
			}
		}
	}
}

// common lists the tests in which both have the verdict, and why.
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
