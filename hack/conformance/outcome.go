package conformance

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Verdict is the result of a test.
type Verdict string

// The verdicts. A test that did not end, or does not exist, has none.
const (
	Pass Verdict = "pass"
	Skip Verdict = "skip"
	Fail Verdict = "fail"
)

// Outcome has the results of a subject in the suite.
type Outcome struct {
	// Tests are by name: the name of the function and the values of the suite's
	// matrix, such as "TestRunSecurity [security.insecure=denied]".
	Tests map[string]Verdict
	// Reasons say why a test did not pass.
	Reasons map[string]string
	// Second lists the tests that passed only in a second run.
	Second []string
	Took   time.Duration
}

// Names returns the tests with the verdict, sorted.
func (o *Outcome) Names(v Verdict) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(o.Tests)) {
		if o.Tests[name] == v {
			names = append(names, name)
		}
	}
	return names
}

// addSecondRun applies the results of a second run of failed tests.
func (o *Outcome) addSecondRun(second *Outcome) {
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

// shortName makes a test's full name readable: it removes the part that all tests
// share.
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
