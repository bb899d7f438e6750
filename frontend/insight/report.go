// Package insight explains which steps of a build run, and why: it compares the
// inputs of all steps with those of earlier builds of the same project.
//
// The comparison runs in a container of Strata's own image, beside the build. A
// cache mount holds what is remembered of earlier builds; the build contexts are
// mounted read-only, so that BuildKit starts the container only where an input
// or a file has changed. See docs/why.md.
package insight

import "time"

// Version is the version of the report's JSON form.
const Version = 1

// A Report says what a build would do, or has done, and why.
type Report struct {
	Version int `json:"version"`
	// ComparedWith is the nearest earlier build, nil where there is none.
	ComparedWith *Earlier `json:"comparedWith"`
	Steps        []Step   `json:"steps"`
	Causes       []Cause  `json:"causes"`
	// Omitted is the number of steps and causes that are left out because the
	// report would be too long.
	Omitted int `json:"omitted,omitempty"`
}

// Earlier is an earlier build.
type Earlier struct {
	Time time.Time `json:"time"`
}

// A Step is what happens to one step.
type Step struct {
	Stage    string    `json:"stage"`
	Line     int       `json:"line"`
	Text     string    `json:"text"`
	Platform string    `json:"platform,omitempty"`
	State    StepState `json:"state"`
	// Reasons are the inputs of its own that are new.
	Reasons []Reason `json:"reasons"`
	// Follows are the lines of the steps with new inputs that this one comes after.
	Follows []int `json:"follows"`
}

// StepState is what happens to a step.
type StepState string

// The states.
const (
	// Cached steps had the same inputs in an earlier build.
	Cached StepState = "cached"
	// Runs is for steps with new inputs.
	Runs StepState = "runs"
	// MayRun is for steps that read files of a step that runs: they run only if
	// those files are new.
	MayRun StepState = "may-run"
	// Forced steps run because the client asked for it.
	Forced StepState = "forced"
)

// A Reason is one input of a step that is new.
type Reason struct {
	Kind Kind `json:"kind"`
	// Name is the name of a variable, an image, a build context, a source, an
	// option or a flag.
	Name string `json:"name,omitempty"`
	// Path is the file, in the context Name where that is not the main one.
	Path   string `json:"path,omitempty"`
	Change Change `json:"change,omitempty"`
	// Old and New are the digests of a base image.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// LinesAdded and LinesRemoved are counted for text files; Lines is set where
	// they were.
	Lines        bool `json:"-"`
	LinesAdded   int  `json:"linesAdded,omitempty"`
	LinesRemoved int  `json:"linesRemoved,omitempty"`
}

// Kind is the kind of an input.
type Kind string

// The kinds of inputs.
const (
	KindFile      Kind = "file"
	KindText      Kind = "text"
	KindVariable  Kind = "variable"
	KindBase      Kind = "base"
	KindContext   Kind = "context"
	KindSource    Kind = "source"
	KindMount     Kind = "mount"
	KindPlatform  Kind = "platform"
	KindFreshness Kind = "freshness"
	KindClient    Kind = "client"
	KindStep      Kind = "step"
)

// Change says how an input differs from the earlier one.
type Change string

// The changes of files, and of steps.
const (
	Added      Change = "added"
	Removed    Change = "removed"
	Modified   Change = "modified"
	Mode       Change = "mode"
	Type       Change = "type"
	Link       Change = "link"
	Moved      Change = "moved"
	Unfinished Change = "unfinished"
)

// A Cause is a change, and all steps that run because of it.
type Cause struct {
	Line    int      `json:"line"`
	Reasons []Reason `json:"reasons"`
	Steps   []int    `json:"steps"` // lines
}
