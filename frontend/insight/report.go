// Package insight explains which steps of a build run, and why: it compares the
// inputs of all steps with those of earlier builds of the same project.
//
// The comparison runs in a container of Strata's own image, beside the build. A
// cache mount holds what is remembered of earlier builds; the build contexts are
// mounted read-only, so that BuildKit starts the container only where an input
// or a file has changed. See docs/why.md.
package insight

import (
	"encoding/json"
	"time"
)

// Version is the version of the report's JSON form.
const Version = 1

// A Report says what a build would do, or has done, and why.
type Report struct {
	Version int `json:"version"`
	// ComparedWith is the nearest earlier build, nil where there is none.
	ComparedWith *Earlier `json:"comparedWith"`
	Steps        []Step   `json:"steps"`
	// Causes are in the order of the Dockerfile.
	Causes []Cause `json:"causes"`
	// Advice is how the Dockerfile could use the cache better. A build has none in
	// its report.
	Advice []Advice `json:"advice,omitempty"`
	// Omitted counts what is left out because the report would be too long.
	Omitted *Omitted `json:"omitted,omitempty"`
}

// Earlier is an earlier build.
type Earlier struct {
	Time time.Time `json:"time"`
}

// Omitted counts what a report leaves out.
type Omitted struct {
	Reasons int `json:"reasons"`
	// Lines are those of what a step follows, and of the steps of a cause.
	Lines  int `json:"lines"`
	Steps  int `json:"steps"`
	Causes int `json:"causes"`
}

// A Step is what happens to one step.
type Step struct {
	Stage    string    `json:"stage"`
	Line     int       `json:"line"`
	Text     string    `json:"text"`
	Platform string    `json:"platform,omitempty"`
	State    StepState `json:"state"`
	// Reasons are the inputs of its own that are new, without those that an earlier
	// step has as well.
	Reasons []Reason `json:"reasons"`
	// Follows are the lines of the steps whose new inputs this one depends on.
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
	// MayRun is for steps that run only if the files that they read of other stages
	// are new: all their other inputs are known.
	MayRun StepState = "may-run"
	// Forced steps run because the client asked for it.
	Forced StepState = "forced"
)

// A Reason is one input of a step that is new. Reasons are comparable.
type Reason struct {
	Kind Kind
	// Name is the name of a variable, an image, a build context, a source, an
	// option or a flag, or the target of a mount. Of a text it is the earlier
	// instruction (WORKDIR, USER, SHELL) that has changed.
	Name string
	// Path is the file, in the context Name where that is not the main one.
	Path   string
	Change Change
	// Old and New are the digests of a base image. Locked is set where a lock says
	// which one it is.
	Old, New string
	Locked   bool
	// LinesAdded and LinesRemoved are counted for text files; Lines is set where
	// they were.
	Lines                    bool
	LinesAdded, LinesRemoved int
}

// reasonJSON is the JSON form of a Reason: both counts or none.
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

// kindEnvironment is the kind of the variables that a base image sets. It is no
// reason: the image is.
const kindEnvironment Kind = "environment"

// Change says how an input differs from the earlier one.
type Change string

// The changes of files and of steps. A base is modified where another image or
// stage takes its place.
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
	// Line is the step whose inputs have changed.
	Line    int      `json:"line"`
	Reasons []Reason `json:"reasons"`
	// Steps are the lines of the steps that run, in order. Line is one of them,
	// unless that step is known from another build than the one compared with.
	Steps []int `json:"steps"`
	// Platforms are those that the cause holds for, empty where it holds for all.
	Platforms []string `json:"platforms,omitempty"`
}
