package insight

import (
	"cmp"
	"fmt"
	"slices"
)

// A change is a new input of a step. Changes that are equal are one: an input
// that several steps have has no scope, what belongs to an instruction has that
// instruction.
type change struct {
	Reason
	scope string
}

// instruction identifies an instruction, on all platforms.
func (s StepInputs) instruction() string {
	return fmt.Sprintf("%s %d %s", s.Stage, s.Line, s.TextHash)
}

// scoped is a change of a step for a reason.
func (c *comparison) scoped(i int, r Reason) change {
	switch r.Kind {
	case KindMount, KindFreshness, KindStep:
		return change{r, c.now.Steps[i].instruction()}
	case KindText:
		return change{r, c.settingScope(i, r)}
	}
	return change{Reason: r}
}

// settingScope is the scope of a change of a text. An earlier instruction, as USER,
// reaches the steps after it: they have the change of the first of them.
func (c *comparison) settingScope(i int, r Reason) string {
	for p := c.now.Steps[i].Parent; r.Name != "" && p >= 0; p = c.now.Steps[p].Parent {
		for _, earlier := range c.changes[p] {
			if earlier.Reason == r {
				return earlier.scope
			}
		}
	}
	return c.now.Steps[i].instruction()
}

// findChanges lists the changes of each step, also of those that are cached: a
// step after them can run because of them.
func (c *comparison) findChanges() {
	affected := make([]bool, len(c.now.Steps)) // by any change so far
	for i, s := range c.now.Steps {
		inherited := false
		for on := range s.dependencies() {
			inherited = inherited || affected[on]
		}
		list := c.changesOf(i, inherited)
		if len(list) == 0 && !inherited && c.before != nil && c.states[i] != Cached {
			// The nearest build had the same inputs. It did not get that far.
			list = append(list, c.scoped(i, Reason{Kind: KindStep, Change: Unfinished}))
		}
		affected[i] = inherited || len(list) > 0
		c.changes = append(c.changes, list)
	}
}

// dependencies are the steps that a step depends on itself.
func (s StepInputs) dependencies() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		if s.Parent >= 0 && !yield(s.Parent) {
			return
		}
		for _, r := range s.Reads {
			if r.Step >= 0 && !yield(r.Step) {
				return
			}
		}
	}
}

// changesOf lists the inputs of a step that the corresponding step of the nearest
// build did not have. It is empty where all that is new comes from the steps that
// it depends on; inherited is set where anything does.
func (c *comparison) changesOf(i int, inherited bool) []change {
	switch {
	case c.now.Steps[i].Forced:
		return []change{{Reason: Reason{Kind: KindClient, Name: c.forcedBy()}}}
	case c.before == nil:
		return nil
	case c.before.newPlatform[i]:
		return []change{{Reason: Reason{Kind: KindPlatform, Name: c.now.Steps[i].Platform, Change: Added}}}
	case c.before.match[i] < 0:
		return []change{c.added(i)}
	}
	j := c.before.match[i]
	var list []change
	if c.before.moved[i] {
		list = append(list, c.movedFrom(j))
	}
	if c.keys[i].own != c.before.keys[j].own || !c.sameCommand(i, j) {
		list = append(list, c.inputChanges(i, j)...)
	}
	list = append(list, c.orderChanges(i, j)...)
	if inherited || len(list) > 1 {
		list = slices.DeleteFunc(list, func(ch change) bool { return ch.Reason == directoryChanged })
	}
	return distinct(list)
}

// forcedBy is the option that makes steps run: --no-cache does so for all.
func (c *comparison) forcedBy() string {
	for _, s := range c.now.Steps {
		if !s.Forced && !s.isFrom() {
			return "no-cache-filter"
		}
	}
	return "no-cache"
}

// inputChanges compares the own inputs of a step.
func (c *comparison) inputChanges(i, j int) (list []change) {
	reasons := c.inputReasons(i, j)
	variable := slices.ContainsFunc(reasons, func(r Reason) bool { return r.Kind == KindVariable })
	for _, r := range append(reasons, c.readReasons(c.now.Steps[i], c.before.build.State.Steps[j], variable)...) {
		list = append(list, c.scoped(i, r))
	}
	return list
}

// inputReasons compares the inputs that no filesystem gives.
func (c *comparison) inputReasons(i, j int) []Reason {
	before := c.before.build.State
	names := differing(c.now.inputs(i), before.inputs(j))
	d := difference{now: c.now.Steps[i], names: names, old: before.Steps[j].bases(), new: c.now.Steps[i].bases()}
	if d.now.TextHash != before.Steps[j].TextHash {
		return d.ofText()
	}
	return d.ofInputs()
}

// differing lists the names of the inputs that differ.
func differing(now, before map[inputName]string) (names []inputName) {
	for name, value := range now {
		if old, had := before[name]; !had || old != value {
			names = append(names, name)
		}
	}
	for name := range before {
		if _, has := now[name]; !has {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b inputName) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name))
	})
	return names
}

func distinct[T comparable](list []T) (short []T) {
	seen := make(map[T]bool, len(list))
	for _, e := range list {
		if !seen[e] {
			seen[e] = true
			short = append(short, e)
		}
	}
	return short
}
