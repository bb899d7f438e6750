package insight

import (
	"slices"
	"strings"
	"time"
)

// Last says why steps ran in an earlier build.
type Last struct {
	// ComparedWith is the build with which that build is compared.
	ComparedWith Earlier `json:"comparedWith"`
	Causes       []Cause `json:"causes"`
	// Lines describe the causes, like the lines of a build.
	Lines []string `json:"lines"`
}

// lastRun explains the build that was recorded at a time and had the inputs of now. It is
// nil if no record is older, or if no input was new.
func lastRun(now State, builds []Build, look contents, at time.Time) *Last {
	older := slices.DeleteFunc(slices.Clone(builds), func(b Build) bool { return !b.Time.Before(at) })
	report, unchanged := compare(now, older, look)
	if unchanged || report.ComparedWith == nil || len(report.Causes) == 0 {
		return nil
	}
	last := &Last{ComparedWith: *report.ComparedWith, Causes: report.Causes}
	for _, line := range Lines(report, false, at, true) {
		last.Lines = append(last.Lines, strings.TrimPrefix(line, "why: "))
	}
	return last
}

// writeLast writes the lines of the build with which a build without changes is compared.
func writeLast(b *strings.Builder, r Report) {
	if r.Last == nil {
		return
	}
	b.WriteString("\nWhy steps ran in that build, compared with the one of " + r.Last.ComparedWith.Time.UTC().Format(timeLayout) + ":\n")
	for _, line := range r.Last.Lines {
		b.WriteString("  " + printable(line) + "\n")
	}
}
