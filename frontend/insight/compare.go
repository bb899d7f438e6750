package insight

import (
	"cmp"
	"slices"
	"time"
)

// A Build is what is remembered of an earlier build.
type Build struct {
	Time  time.Time `json:"time"`
	State State     `json:"state"`
	// Unfinished holds the indexes of the steps that are not known to have run.
	Unfinished []int `json:"unfinished,omitempty"`
}

// contents looks up the files behind the digest of a read.
type contents func(digest string) Content

// compare explains the steps of a build from the builds before it. Values are
// hashed on both sides. The second result is set where every input was there in
// one build.
func compare(now State, earlier []Build, look contents) (_ Report, unchanged bool) {
	report := Report{Version: Version, Steps: []Step{}, Causes: []Cause{}}
	c := comparison{now: now, look: look, keys: now.keys(), known: map[string]bool{}, unfinished: map[string]bool{}}
	best, overlap := -1, 0
	for i, b := range earlier {
		n := c.learn(b)
		if n > overlap || n == overlap && best >= 0 && b.Time.After(earlier[best].Time) {
			best, overlap = i, n
		}
	}
	if best >= 0 {
		c.before = &earlier[best].State
		c.match = align(now, *c.before)
		report.ComparedWith = &Earlier{Time: earlier[best].Time.UTC()}
	}
	for i := range now.Steps {
		report.Steps = append(report.Steps, c.step(i))
	}
	report.Causes = append(report.Causes, c.causes...)
	return report, best >= 0 && overlap == len(now.Steps)
}

// comparison is one run of compare.
type comparison struct {
	now  State
	look contents
	keys []string
	// known are the keys of the steps that ran before, unfinished those of steps
	// that were to run and are not known to have.
	known, unfinished map[string]bool
	before            *State // nil where there is none to compare with
	match             []int  // steps of before

	done   []Step
	causes []Cause
	// of lists, for each step, the causes that it runs because of.
	of [][]int
}

// learn takes in the keys of an earlier build, and returns how many of its steps
// this build has.
func (c *comparison) learn(b Build) (overlap int) {
	keys := b.State.keys()
	has := map[string]bool{}
	for i, key := range keys {
		has[key] = true
		if slices.Contains(b.Unfinished, i) {
			c.unfinished[key] = true
		} else {
			c.known[key] = true
		}
	}
	for _, key := range c.keys {
		if has[key] {
			overlap++
		}
	}
	return overlap
}

// step explains one step; those that it depends on have been explained.
func (c *comparison) step(i int) Step {
	in := c.now.Steps[i]
	s := Step{
		Stage: in.Stage, Line: in.Line, Text: in.Text, Platform: in.Platform,
		Reasons: []Reason{}, Follows: []int{},
	}
	var follows []int // causes
	s.State, follows = c.inherited(i)
	switch {
	case in.Forced:
		s.State = Forced
		s.Reasons = append(s.Reasons, Reason{Kind: KindClient, Name: "no-cache"})
	case c.known[c.keys[i]]:
		s.State, follows = Cached, nil
	default:
		s.Reasons = append(s.Reasons, c.ownReasons(i)...)
		if len(s.Reasons) > 0 || s.State == "" {
			s.State = Runs
		}
	}
	own, joined := c.newReasons(s.Reasons)
	s.Reasons = own
	follows = append(follows, joined...)
	if len(own) > 0 {
		c.causes = append(c.causes, Cause{Line: in.Line, Reasons: own})
		c.attribute(in.Line, append(slices.Clone(follows), len(c.causes)-1))
		c.of = append(c.of, append(follows, len(c.causes)-1))
	} else {
		c.attribute(in.Line, follows)
		c.of = append(c.of, follows)
	}
	for _, cause := range distinct(follows) {
		if line := c.causes[cause].Line; line != in.Line && !slices.Contains(s.Follows, line) {
			s.Follows = append(s.Follows, line)
		}
	}
	slices.Sort(s.Follows)
	c.done = append(c.done, s)
	return s
}

// inherited is what the steps before one mean for it, and the causes that they
// run because of.
func (c *comparison) inherited(i int) (state StepState, causes []int) {
	in := c.now.Steps[i]
	depend := func(on int, bySteps bool) {
		switch c.done[on].State {
		case Runs, Forced:
			if bySteps {
				state = Runs
			} else if state == "" {
				state = MayRun
			}
		case MayRun:
			if state == "" {
				state = MayRun
			}
		default:
			return
		}
		causes = append(causes, c.of[on]...)
	}
	if in.Parent >= 0 {
		depend(in.Parent, true)
	}
	for _, r := range in.Reads {
		if r.Step >= 0 {
			depend(r.Step, r.BySteps)
		}
	}
	return state, distinct(causes)
}

// newReasons splits reasons into those that no earlier step has had, and the
// causes that stand for the others.
func (c *comparison) newReasons(reasons []Reason) (own []Reason, joined []int) {
	own = []Reason{}
	for _, r := range reasons {
		at := slices.IndexFunc(c.causes, func(cause Cause) bool { return slices.Contains(cause.Reasons, r) })
		if at < 0 {
			own = append(own, r)
		} else {
			joined = append(joined, at)
		}
	}
	return own, distinct(joined)
}

// attribute adds a line to the steps of causes.
func (c *comparison) attribute(line int, causes []int) {
	for _, i := range distinct(causes) {
		cause := &c.causes[i]
		if !slices.Contains(cause.Steps, line) {
			cause.Steps = append(cause.Steps, line)
		}
	}
}

func distinct[T cmp.Ordered](list []T) []T {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
