package insight

import (
	"slices"
	"sort"
)

// explanation collects the causes of a comparison.
type explanation struct {
	*comparison
	// root holds, for each change, the instruction that reports it.
	root map[change]string
	// causes holds one cause for each root instruction. of holds its index, by the
	// instruction.
	causes []cause
	of     map[string]int
	// by lists, for each step, the indexes of the causes that it depends on.
	by [][]int
}

// A cause is a Cause under construction.
type cause struct {
	Cause
	changes   map[Reason]bool
	platforms []string
}

// report groups the changes into causes.
func (c *comparison) report() Report {
	e := &explanation{comparison: c, root: map[change]string{}, of: map[string]int{}}
	// A change of several steps is reported at the first of them that runs.
	e.findRoots(func(state StepState) bool { return state != Cached })
	e.findRoots(func(state StepState) bool { return state == Cached })
	report := Report{Version: Version, Steps: []Step{}, Causes: []Cause{}}
	if c.before != nil {
		report.ComparedWith = &Earlier{Time: c.before.build.Time.UTC(), Elsewhere: c.before.build.Elsewhere}
	}
	for i := range c.now.Steps {
		report.Steps = append(report.Steps, e.step(i))
	}
	platforms := platformsOf(c.now.stages())
	for _, cause := range e.causes {
		if len(cause.Steps) > 0 {
			report.Causes = append(report.Causes, cause.finished(platforms))
		}
	}
	sort.SliceStable(report.Causes, func(i, j int) bool { return report.Causes[i].Line < report.Causes[j].Line })
	return report
}

// findRoots makes a cause of each instruction with changes that no other
// instruction reports.
func (e *explanation) findRoots(include func(StepState) bool) {
	for i, s := range e.now.Steps {
		if !include(e.states[i]) {
			continue
		}
		name := s.instruction()
		for _, ch := range e.changes[i].own {
			if root, known := e.root[ch]; known && root != name {
				continue
			}
			e.root[ch] = name
			at, known := e.of[name]
			if !known {
				at = len(e.causes)
				e.of[name] = at
				e.causes = append(e.causes, cause{Cause: Cause{Line: s.Line, Steps: []int{}}, changes: map[Reason]bool{}})
			}
			if cause := &e.causes[at]; !cause.changes[ch.Reason] {
				cause.changes[ch.Reason] = true
				cause.Reasons = append(cause.Reasons, ch.Reason)
			}
		}
	}
}

// step explains one step. The steps that it depends on have been explained
// before.
func (e *explanation) step(i int) Step {
	in := e.now.Steps[i]
	s := Step{
		Stage: in.Stage, Line: in.Line, Text: in.Text, Platform: in.Platform, State: e.states[i],
		Reasons: []Reason{}, Follows: []int{},
	}
	name := in.instruction()
	var causes, above []int
	for _, r := range in.Reads {
		if r.Step >= 0 {
			causes = merge(causes, e.by[r.Step])
		}
	}
	if in.Parent >= 0 {
		above = e.by[in.Parent]
	}
	if !in.Linked || e.changes[i].onParent {
		causes = merge(causes, above)
	}
	var own []int
	var reasons []Reason
	for _, ch := range e.changes[i].own {
		own = append(own, e.of[e.root[ch]])
		if e.root[ch] == name {
			reasons = append(reasons, ch.Reason)
		}
	}
	slices.Sort(own)
	causes = merge(causes, slices.Compact(own))
	e.by = append(e.by, merge(causes, above))
	if s.State == Cached {
		return s
	}
	s.Reasons = append(s.Reasons, distinct(reasons)...)
	for _, at := range causes {
		e.causes[at].add(in)
		if root, own := e.of[name]; !own || at != root {
			s.Follows = append(s.Follows, e.causes[at].Line)
		}
	}
	slices.Sort(s.Follows)
	s.Follows = slices.Compact(s.Follows)
	return s
}

// add records that a step runs because of a cause.
func (c *cause) add(s StepInputs) {
	c.Steps = append(c.Steps, s.Line)
	if n := len(c.platforms); n == 0 || c.platforms[n-1] != s.Platform {
		c.platforms = append(c.platforms, s.Platform)
	}
}

func (c *cause) finished(platforms []string) Cause {
	slices.Sort(c.Steps)
	c.Steps = slices.Compact(c.Steps)
	slices.Sort(c.platforms)
	if c.platforms = slices.Compact(c.platforms); len(c.platforms) < len(platforms) {
		c.Platforms = c.platforms
	}
	return c.Cause
}

// merge returns the union of two sorted lists. It returns one of the lists if
// that holds all elements.
func merge(a, b []int) []int {
	if len(a) < len(b) {
		a, b = b, a
	}
	missing := slices.DeleteFunc(slices.Clone(b), func(x int) bool {
		_, found := slices.BinarySearch(a, x)
		return found
	})
	if len(missing) == 0 {
		return a
	}
	all := append(slices.Clone(a), missing...)
	slices.Sort(all)
	return all
}
