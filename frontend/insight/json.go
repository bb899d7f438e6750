package insight

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
)

// MaxJSON is the size in bytes to which the report in the metadata of a build
// is cut.
const MaxJSON = 64 << 10

// Limits for a step or a cause in a report that is too long.
const (
	maxCutText  = 200 // characters of an instruction
	maxCutLines = 50
)

// JSON returns the report in its documented form, with at most limit bytes. A
// report that is too long loses reasons of steps and causes that have many, and
// then steps and causes from the end. Omitted counts the losses.
func (r Report) JSON(limit int) ([]byte, error) {
	dt, err := encode(r)
	if err != nil || len(dt) <= limit {
		return dt, err
	}
	fits := func(c Report) bool {
		dt, err = encode(c)
		return err == nil && len(dt) <= limit
	}
	most := r.mostReasons()
	dropped := sort.Search(most, func(n int) bool { return fits(r.withReasons(most - n)) })
	if dropped < most && fits(r.withReasons(most-dropped)) { // the last step of the search may have tried another limit
		return dt, nil
	}
	all := max(len(r.Steps), len(r.Causes))
	short := func(n int) Report { return r.first(all - n).withReasons(1).withShortLists() }
	dropped = sort.Search(all, func(n int) bool { return fits(short(n)) })
	if !fits(short(dropped)) {
		return nil, fmt.Errorf("a report does not fit into %d bytes", limit)
	}
	return dt, nil
}

// mostReasons returns the largest number of reasons of a step or cause.
func (r Report) mostReasons() (most int) {
	for _, s := range r.Steps {
		most = max(most, len(s.Reasons))
	}
	for _, c := range r.Causes {
		most = max(most, len(c.Reasons))
	}
	return most
}

// encode does not escape & and <, which json.Marshal would.
func encode(r Report) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(r)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// cut returns a copy of the report that can be shortened.
func (r Report) cut() Report {
	omitted := Omitted{}
	if r.Omitted != nil {
		omitted = *r.Omitted
	}
	r.Omitted = &omitted
	r.Steps = append([]Step{}, r.Steps...)
	r.Causes = append([]Cause{}, r.Causes...)
	return r
}

// withReasons keeps the first n reasons of each step and cause.
func (r Report) withReasons(n int) Report {
	r = r.cut()
	for i := range r.Steps {
		r.Steps[i].Reasons = firstOf(r.Steps[i].Reasons, n, &r.Omitted.Reasons)
	}
	for i := range r.Causes {
		r.Causes[i].Reasons = firstOf(r.Causes[i].Reasons, n, &r.Omitted.Reasons)
	}
	return r
}

// withShortLists cuts long instructions, and long lists of lines.
func (r Report) withShortLists() Report {
	r = r.cut()
	for i := range r.Steps {
		r.Steps[i].Text = cut(r.Steps[i].Text, maxCutText)
		r.Steps[i].Follows = firstOf(r.Steps[i].Follows, maxCutLines, &r.Omitted.Lines)
	}
	for i := range r.Causes {
		r.Causes[i].Steps = firstOf(r.Causes[i].Steps, maxCutLines, &r.Omitted.Lines)
	}
	return r
}

// first keeps the first n steps and causes.
func (r Report) first(n int) Report {
	r = r.cut()
	r.Steps = firstOf(r.Steps, n, &r.Omitted.Steps)
	r.Causes = firstOf(r.Causes, n, &r.Omitted.Causes)
	return r
}

func firstOf[T any](list []T, n int, omitted *int) []T {
	n = min(n, len(list))
	*omitted += len(list) - n
	return list[:n]
}
