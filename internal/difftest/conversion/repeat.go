package conversion

import (
	"errors"
	"fmt"
	"slices"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/diag"
)

// Repetition returns the differences between two conversions of the same input: in the bytes of the ops, in names and
// places, or in the lines of the errors.
func Repetition(first, again difftest.Result) []string {
	diffs := difftest.Compare(first, again)
	if a, b := difftest.Metadata(first.Definition), difftest.Metadata(again.Definition); a != b {
		diffs = append(diffs, "metadata:\n"+difftest.DiffText(a, b))
	}
	if !slices.Equal(ErrorLines(first.Err), ErrorLines(again.Err)) {
		diffs = append(diffs, fmt.Sprintf("errors:\n%v\n%v", first.Err, again.Err))
	}
	return diffs
}

// ErrorLines returns the lines of the errors. The text of an error may vary: BuildKit's parsers of flags and Git URLs
// walk maps and report the first problem.
func ErrorLines(err error) []int {
	var many *diag.Errors
	if !errors.As(err, &many) {
		return nil
	}
	var lines []int
	for _, d := range many.Diagnostics {
		lines = append(lines, d.Line())
	}
	return lines
}
