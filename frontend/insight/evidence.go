package insight

import (
	"fmt"
	"slices"
	"sort"

	"github.com/stratabuild/strata/llbconv/advice"
)

// Evidence counts the earlier builds that ran a step, and those that ran it only
// because of files that it does not read.
type Evidence struct {
	Line    int    `json:"line"`
	Command string `json:"command"`
	Runs    int    `json:"runs"`
	// Needless is the number of runs that were caused only by files that the step does
	// not read.
	Needless int `json:"needless"`
}

// maxEvidence is the largest number of steps whose earlier runs are counted. maxNear
// is the largest number of earlier builds with which each build is compared.
const (
	maxEvidence = 8
	maxNear     = 4
)

func (e Evidence) sentence() string {
	if e.Runs == 1 {
		return fmt.Sprintf("the last run of line %d came from files that %s does not read", e.Line, e.Command)
	}
	return fmt.Sprintf("%d of the last %d runs of line %d came from files that %s does not read", e.Needless, e.Runs, e.Line, e.Command)
}

// ReadsOf returns what the findings say about the files that steps read.
func ReadsOf(found []advice.Finding) (reads []advice.StepReads) {
	for _, f := range found {
		if f.Reads != nil && len(reads) < maxEvidence {
			reads = append(reads, *f.Reads)
		}
	}
	return reads
}

// evidence looks for the steps of a build in earlier builds. It omits steps that
// never ran needlessly.
func evidence(now State, earlier []Build, look contents, reads []advice.StepReads) (list []Evidence) {
	earlier = slices.Clone(earlier)
	sort.SliceStable(earlier, func(i, j int) bool { return earlier[i].Time.Before(earlier[j].Time) })
	for _, r := range reads {
		at := slices.IndexFunc(now.Steps, func(s StepInputs) bool { return s.Line == r.Line && s.isRun() })
		if at < 0 {
			continue
		}
		e := Evidence{Line: r.Line, Command: r.Command}
		e.count(now.Steps[at], earlier, look, r.Files)
		if e.Needless > 0 {
			list = append(list, e)
		}
	}
	return list
}

// count counts the runs of a step in builds that follow each other. Each build is
// compared with the nearest of a few builds before it, as two branches of a project
// can be built in turn.
func (e *Evidence) count(step StepInputs, builds []Build, look contents, files []string) {
	known := map[string]bool{}
	var before []Build // with the step
	for _, b := range builds {
		at := slices.IndexFunc(b.State.Steps, func(s StepInputs) bool {
			return s.isRun() && s.TextHash == step.TextHash && s.Platform == step.Platform
		})
		if at < 0 || slices.Contains(b.Unfinished, at) {
			continue
		}
		key := b.State.stepKeys()[at].layer
		if !known[key] && len(before) > 0 {
			e.Runs++
			if report, _ := compare(b.State, before[max(0, len(before)-maxNear):], look); report.isNeedless(at, files) {
				e.Needless++
			}
		}
		known[key], before = true, append(before, b)
	}
}

// isNeedless reports whether a step runs only because of files of the main context
// that it does not read.
func (r Report) isNeedless(at int, files []string) bool {
	causes := 0
	for _, c := range r.Causes {
		if !slices.Contains(c.Steps, r.Steps[at].Line) {
			continue
		}
		causes++
		for _, reason := range c.Reasons {
			if reason.Kind != KindFile || reason.Name != "" || reason.Path == "" || slices.Contains(files, reason.Path) {
				return false
			}
		}
	}
	return causes > 0 && r.Steps[at].State == Runs
}
