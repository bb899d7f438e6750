package conformance

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Verdict is how a test ended.
type Verdict string

// The verdicts. A test that did not end, or that was not there, has none.
const (
	Pass Verdict = "pass"
	Skip Verdict = "skip"
	Fail Verdict = "fail"
)

// Outcome is how a subject fared in the suite.
type Outcome struct {
	// Tests are by name: that of the function and what of the suite's matrix
	// tells its runs apart, such as "TestRunSecurity [security.insecure=denied]".
	Tests map[string]Verdict `json:"tests"`
	// Reasons say for a test that did not pass why.
	Reasons map[string]string `json:"reasons"`
	// Second are the tests that passed only when they were run once more.
	Second []string      `json:"second,omitempty"`
	When   time.Time     `json:"when"`
	Took   time.Duration `json:"took"`
}

// Count tells how many tests ended with the verdict.
func (o *Outcome) Count(v Verdict) int { return len(o.Names(v)) }

// Names are the tests that ended with the verdict, sorted.
func (o *Outcome) Names(v Verdict) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(o.Tests)) {
		if o.Tests[name] == v {
			names = append(names, name)
		}
	}
	return names
}

// again takes over what a second run of failed tests gave.
func (o *Outcome) again(second *Outcome) {
	for name, v := range second.Tests {
		if o.Tests[name] == Fail && v == Pass {
			o.Tests[name] = Pass
			delete(o.Reasons, name)
			o.Second = append(o.Second, name)
		}
	}
	slices.Sort(o.Second)
	o.Took += second.Took
}

// Difference is a test that does not end alike for both.
type Difference struct {
	Name              string
	Reference, Strata Verdict
}

// Worse says that the reference passes a test that Strata does not.
func (d Difference) Worse() bool { return d.Reference == Pass && d.Strata != Pass }

// Compare lists the differences by name.
func Compare(reference, strata *Outcome) []Difference {
	all := maps.Clone(reference.Tests)
	maps.Copy(all, strata.Tests)
	var diffs []Difference
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := Difference{Name: name, Reference: reference.Tests[name], Strata: strata.Tests[name]}
		if d.Reference != d.Strata {
			diffs = append(diffs, d)
		}
	}
	return diffs
}

// shortName makes a test's full name readable: what all tests have in common is
// left out.
func shortName(full string) string {
	parts := strings.Split(strings.TrimPrefix(full, rootTest+"/"), "/")
	var matrix []string
	for _, p := range parts[1:] {
		if !strings.HasPrefix(p, "worker=") && !strings.HasPrefix(p, "frontend=") {
			matrix = append(matrix, p)
		}
	}
	if len(matrix) == 0 {
		return parts[0]
	}
	return parts[0] + " [" + strings.Join(matrix, " ") + "]"
}

// functionName is the name of the test's function, by which it is chosen.
func functionName(short string) string {
	name, _, _ := strings.Cut(short, " ")
	return name
}
