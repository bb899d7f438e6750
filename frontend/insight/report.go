// Package insight explains which steps of a build run, and why: it compares the
// inputs of all steps with those of earlier builds of the same project.
//
// The comparison runs in a container of Strata's own image, in parallel with the
// build. A cache mount holds the records of earlier builds. The build contexts are
// mounted read-only, so that BuildKit starts the container only if an input or a
// file has changed. See docs/why.md.
package insight

import (
	"encoding/json"
	"time"
)

// Version is the version of the report's JSON form.
const Version = 1

// A Report says which steps a build runs, or has run, and why.
type Report struct {
	Version int `json:"version"`
	// ComparedWith is the nearest earlier build, nil if there is none.
	ComparedWith *Earlier `json:"comparedWith"`
	Steps        []Step   `json:"steps"`
	// Causes are in the order of the Dockerfile.
	Causes []Cause `json:"causes"`
	// Last says why steps ran in the earlier build, if that had the same inputs.
	Last *Last `json:"last,omitempty"`
	// Advice lists improvements of the Dockerfile. It is empty in the report of
	// a build.
	Advice []Advice `json:"advice,omitzero"`
	// Omitted counts what was removed from a report that is too long.
	Omitted *Omitted `json:"omitted,omitempty"`
}

// Earlier is an earlier build.
type Earlier struct {
	Time time.Time `json:"time"`
	// Elsewhere is set for a build of another daemon: this one may not have its results.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// name names the build by its time and its builder.
func (e Earlier) name() string {
	return e.Time.UTC().Format(timeLayout) + " on " + choose(e.Elsewhere, "another", "this") + " builder"
}

// Omitted counts the parts that a report leaves out.
type Omitted struct {
	Reasons int `json:"reasons"`
	// Lines counts the lines in the lists of steps and causes.
	Lines  int `json:"lines"`
	Steps  int `json:"steps"`
	Causes int `json:"causes"`
}

// A Step is the state of a step, with its reasons.
type Step struct {
	Stage    string    `json:"stage"`
	Line     int       `json:"line"`
	Text     string    `json:"text"`
	Platform string    `json:"platform,omitempty"`
	State    StepState `json:"state"`
	// Reasons are the new inputs of the step itself, except those that an
	// earlier step reports.
	Reasons []Reason `json:"reasons"`
	// Follows are the lines of the steps with new inputs that this step depends
	// on.
	Follows []int `json:"follows"`
}

// StepState says whether a step runs.
type StepState string

// The states.
const (
	// Cached steps had the same inputs in an earlier build.
	Cached StepState = "cached"
	// Runs is for steps with new inputs.
	Runs StepState = "runs"
	// MayRun is for steps whose inputs are known except for the content of other
	// stages, images, commits or sources, and for steps that an unfinished build may
	// not have run.
	MayRun StepState = "may-run"
	// Forced steps run because the client asked for it.
	Forced StepState = "forced"
)

// A Reason is one new input of a step. Reasons are comparable.
type Reason struct {
	Kind Kind
	// Name is the name of a variable, an image, a build context, a source, an
	// option or a flag, or the target of a mount. For a text it is the earlier
	// instruction (WORKDIR, USER, SHELL) that has changed.
	Name string
	// Path is the path of the file, in the context Name, or in the main one if
	// Name is empty.
	Path   string
	Change Change
	// Old and New are the digests of a base image. Locked is set if a lock pins the
	// image.
	Old, New string
	Locked   bool
	// LinesAdded and LinesRemoved are the counts for a text file. Lines is set
	// if the lines were counted.
	Lines                    bool
	LinesAdded, LinesRemoved int
}

// reasonJSON is the JSON form of a Reason: it has both counts or none.
type reasonJSON struct {
	Kind         Kind   `json:"kind"`
	Name         string `json:"name,omitempty"`
	Path         string `json:"path,omitempty"`
	Change       Change `json:"change,omitempty"`
	Old          string `json:"old,omitempty"`
	New          string `json:"new,omitempty"`
	Locked       bool   `json:"locked,omitempty"`
	LinesAdded   *int   `json:"linesAdded,omitempty"`
	LinesRemoved *int   `json:"linesRemoved,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (r Reason) MarshalJSON() ([]byte, error) {
	form := reasonJSON{Kind: r.Kind, Name: r.Name, Path: r.Path, Change: r.Change, Old: r.Old, New: r.New, Locked: r.Locked}
	if r.Lines {
		form.LinesAdded, form.LinesRemoved = &r.LinesAdded, &r.LinesRemoved
	}
	return json.Marshal(form)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Reason) UnmarshalJSON(data []byte) error {
	var form reasonJSON
	if err := json.Unmarshal(data, &form); err != nil {
		return err
	}
	*r = Reason{Kind: form.Kind, Name: form.Name, Path: form.Path, Change: form.Change, Old: form.Old, New: form.New, Locked: form.Locked}
	if form.LinesAdded != nil && form.LinesRemoved != nil {
		r.Lines, r.LinesAdded, r.LinesRemoved = true, *form.LinesAdded, *form.LinesRemoved
	}
	return nil
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

// kindEnvironment is the kind of variables from a base image. It is not a
// reason, as the image is one.
const kindEnvironment Kind = "environment"

// kindOrigin is the kind of values from which other inputs come. It is not a reason.
const kindOrigin Kind = "origin"

// Change says how an input differs from the earlier one.
type Change string

// Changes of files and of steps. A base is modified if another image or stage
// replaces it.
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

// A Cause is a change, with all steps that run because of it.
type Cause struct {
	// Line is the line of the step with the change.
	Line    int      `json:"line"`
	Reasons []Reason `json:"reasons"`
	// Steps are the lines of the steps that run, in order. Line is one of them,
	// unless another earlier build has run that step.
	Steps []int `json:"steps"`
	// Platforms are the platforms of the cause, empty for all.
	Platforms []string `json:"platforms,omitempty"`
}
