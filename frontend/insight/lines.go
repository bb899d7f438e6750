package insight

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxCauses is the number of causes that are shown by default.
	maxCauses = 5
	// maxNames is the number of names of a kind in a line.
	maxNames = 3
	// maxWidth is the width of lines.
	maxWidth = 160
)

// Lines returns the lines that a build shows, one for each cause. By default
// they are the first few. unchanged is set if an earlier build had all inputs
// of this one. now is the time of the build.
func Lines(r Report, unchanged bool, now time.Time, all bool) (lines []string) {
	if r.ComparedWith == nil {
		return nil
	}
	if unchanged {
		missing := choose(r.ComparedWith.Elsewhere, "not", "no longer")
		return []string{"why: no input changed since " + since(r.ComparedWith.Time, now) + "; steps that ran were " + missing + " in the cache"}
	}
	causes := r.Causes
	if !all {
		causes = causes[:min(len(causes), maxCauses)]
	}
	steps := newStepIndex(r.Steps)
	for _, c := range causes {
		lines = append(lines, printable(steps.line(c)))
	}
	if more := len(r.Causes) - len(causes) + r.omittedCauses(); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more %s: docker buildx build --call=cache", more, plural(more, "cause")))
	}
	return lines
}

func (r Report) omittedCauses() int {
	if r.Omitted == nil {
		return 0
	}
	return r.Omitted.Causes
}

// timeLayout is the form of a time with its date.
const timeLayout = "2006-01-02 15:04 MST"

// since returns a time of day, with the date if it is not today.
func since(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04 MST")
	}
	return t.Format(timeLayout)
}

// stepIndex finds the steps of a report by line.
type stepIndex map[int]indexed

type indexed struct {
	name  string
	state StepState
}

// newStepIndex indexes the first step of each line that is not cached, or else the
// first one, with the state of its steps that makes a run most likely. The triggers of
// a base image have the line of FROM.
func newStepIndex(steps []Step) stepIndex {
	index := stepIndex{}
	for _, s := range steps {
		known, ok := index[s.Line]
		if !ok || known.state == Cached && s.State != Cached {
			known = indexed{fmt.Sprintf("line %d %s", s.Line, stepName(s.Text)), s.State}
		}
		known.state = likeliestRun(known.state, s.State)
		index[s.Line] = known
	}
	return index
}

// line returns the line of a cause. It leaves out names if the line would be
// too long.
func (x stepIndex) line(c Cause) (line string) {
	for names := maxNames; names > 0; names-- {
		line = "why: " + describe(c.Reasons, sentence, names) + x.effect(c, names)
		if utf8.RuneCountInString(line) <= maxWidth {
			return line
		}
	}
	return cut(line, maxWidth)
}

// effect describes which steps ran because of a cause.
func (x stepIndex) effect(c Cause, names int) string {
	var ran, may, others []int
	for _, line := range c.Steps {
		switch {
		case line == c.Line:
			continue
		case x[line].state == MayRun:
			may = append(may, line)
		default:
			ran = append(ran, line)
		}
		others = append(others, line)
	}
	runs, so, perhaps := c.verb(len(ran) > 0), "", ""
	if len(ran) > 0 {
		so = ", so " + x.enumerate(ran, names)
	}
	if len(may) > 0 {
		perhaps = ", and perhaps " + x.enumerate(may, names)
	}
	root := x.name(c.Line)
	switch {
	case slices.Contains(c.Steps, c.Line) && x[c.Line].state == MayRun:
		return ": perhaps " + x.enumerate(append([]int{c.Line}, others...), names+1) + runs
	case slices.Contains(c.Steps, c.Line):
		return ": " + root + so + runs + perhaps
	case len(ran) == 0: // the step itself is known from another build
		return " in " + root + ", so perhaps " + x.enumerate(may, names) + runs
	}
	return " in " + root + so + runs + perhaps
}

// verb describes what steps did because of a cause. A new step or platform has
// not run before.
func (c Cause) verb(others bool) string {
	text := " ran again"
	platform := false
	for _, r := range c.Reasons {
		platform = platform || r.Kind == KindPlatform && r.Change == Added
		if platform || r.Kind == KindStep && r.Change == Added && !others {
			text = " ran"
		}
	}
	if len(c.Platforms) > 0 && !platform {
		text += " on " + enumerate(c.Platforms, 0, "")
	}
	return text
}

func (x stepIndex) name(line int) string {
	if s, ok := x[line]; ok {
		return s.name
	}
	return fmt.Sprintf("line %d", line) // the step is left out of the report
}

func (x stepIndex) enumerate(lines []int, names int) string {
	var words []string
	for _, line := range lines[:min(len(lines), names)] {
		words = append(words, x.name(line))
	}
	more := len(lines) - len(words)
	return enumerate(words, more, plural(more, "step"))
}

// cut shortens a text to a width.
func cut(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	return strings.TrimRight(string(runes[:width-3]), " ") + "..."
}
