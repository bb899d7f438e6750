package insight

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// A change is a new input of a step. Equal changes are one: the change of an
// input that several steps share has no scope, other changes have the
// instruction as their scope.
type change struct {
	Reason
	scope string
}

// instruction identifies an instruction on all platforms.
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

// settingScope returns the scope of a change of a text. A setting such as USER
// affects the steps after it, which share the change of the first of them.
func (c *comparison) settingScope(i int, r Reason) string {
	for p := c.now.Steps[i].Parent; r.Name != "" && p >= 0; p = c.now.Steps[p].Parent {
		for _, earlier := range c.changes[p].own {
			if earlier.Reason == r {
				return earlier.scope
			}
		}
	}
	return c.now.Steps[i].instruction()
}

// changesOf lists the inputs of a step that the corresponding step of the
// nearest build did not have. It is empty if all changes come from the steps
// that it depends on.
func (c *comparison) changesOf(i int) []change {
	switch {
	case c.now.Steps[i].Forced:
		return []change{{Reason: Reason{Kind: KindClient, Name: c.now.forcedBy()}}}
	case c.before == nil:
		return nil
	case c.before.newPlatform[i]:
		return []change{{Reason: Reason{Kind: KindPlatform, Name: c.now.Steps[i].Platform, Change: Added}}}
	case c.before.match[i] < 0:
		return []change{c.added(i)}
	}
	j := c.before.match[i]
	var list []change
	if c.keys[i].own != c.before.keys[j].own || !c.sameCommand(i, j) {
		list = append(list, c.inputChanges(i, j)...)
	}
	if now, before := c.now.Steps[i], c.before.build.State.Steps[j]; now.Linked != before.Linked && now.TextHash != before.TextHash {
		list = append(list, c.scoped(i, Reason{Kind: KindText})) // --link is in no input
	}
	for _, r := range c.unknownReasons(i, j) {
		list = append(list, c.scoped(i, r))
	}
	return withoutText(append(list, c.sourceChanges(i, j)...))
}

// withoutText removes the change of the text of a command if only its mounts differ:
// another mount can also be a read of other files.
func withoutText(list []change) []change {
	if !slices.ContainsFunc(list, func(ch change) bool { return ch.Kind == KindMount }) {
		return list
	}
	return slices.DeleteFunc(list, func(ch change) bool { return ch.Reason == Reason{Kind: KindText} })
}

// forcedBy returns the option that makes steps of a build run.
func (st State) forcedBy() string {
	if st.Filtered {
		return "no-cache-filter"
	}
	return "no-cache"
}

// inputChanges compares the inputs of the step itself.
func (c *comparison) inputChanges(i, j int) (list []change) {
	reasons := c.inputReasons(i, j)
	variable := slices.ContainsFunc(reasons, func(r Reason) bool { return r.Kind == KindVariable })
	for _, r := range append(reasons, c.readReasons(c.now.Steps[i], c.before.build.State.Steps[j], variable)...) {
		list = append(list, c.scoped(i, r))
	}
	return list
}

// inputReasons compares the inputs that are not filesystems.
func (c *comparison) inputReasons(i, j int) []Reason {
	before := c.before.build.State
	names := withoutOrder(differing(c.now.inputs(i), before.inputs(j)))
	if c.now.Steps[i].isRun() {
		names = c.withoutSettings(i, j, c.withoutImage(i, j, names))
	}
	origins, originsBefore := c.now.valuesOf(i, kindOrigin), before.valuesOf(j, kindOrigin)
	otherTTL := !sameEntry(origins, originsBefore, "cache-ttl")
	if !otherTTL && c.hasOtherImage(i, j) { // the start of the periods depends on its name
		names = slices.DeleteFunc(names, func(n inputName) bool { return n == inputName{KindFreshness, "ttl"} })
	}
	d := difference{
		now: c.now.Steps[i], names: names, old: before.Steps[j].bases(), new: c.now.Steps[i].bases(),
		document: !maps.Equal(origins, originsBefore), otherTTL: otherTTL,
	}
	if d.now.TextHash != before.Steps[j].TextHash {
		return d.ofText()
	}
	return d.ofInputs()
}

// withoutOrder removes the order of the variables if there are other reasons
// about variables.
func withoutOrder(names []inputName) []inputName {
	isOrder := func(n inputName) bool { return n == inputName{KindVariable, ""} }
	isVariable := func(n inputName) bool { return n.kind == KindVariable && !isOrder(n) }
	if !slices.ContainsFunc(names, isVariable) {
		return names
	}
	return slices.DeleteFunc(names, isOrder)
}

// withoutImage removes the variables that differ because the base image
// differs.
func (c *comparison) withoutImage(i, j int, names []inputName) []inputName {
	var now, before, image, imageBefore map[string]string
	return slices.DeleteFunc(names, func(name inputName) bool {
		if name.kind != KindVariable {
			return false
		}
		if image == nil {
			st := c.before.build.State
			now, before = c.now.variables(i), st.variables(j)
			image, imageBefore = c.now.imageVariables(i), st.imageVariables(j)
		}
		return sameEntry(now, image, name.name) && sameEntry(before, imageBefore, name.name)
	})
}

// withoutSettings removes the user and the command of a step with the same text if
// the user or the shell of the base image differs.
func (c *comparison) withoutSettings(i, j int, names []inputName) []inputName {
	before := c.before.build.State
	if c.now.Steps[i].TextHash != before.Steps[j].TextHash {
		return names
	}
	image, imageBefore := c.now.valuesOf(c.now.imageOf(i), kindOrigin), before.valuesOf(before.imageOf(j), kindOrigin)
	return slices.DeleteFunc(names, func(name inputName) bool {
		setting := settings[name]
		return setting != "" && !sameEntry(image, imageBefore, setting)
	})
}

// hasOtherImage reports whether the base image of a step has another name and another
// digest than that of the earlier step.
func (c *comparison) hasOtherImage(i, j int) bool {
	before := c.before.build.State
	image, imageBefore := c.now.imageOf(i), before.imageOf(j)
	if image < 0 || imageBefore < 0 {
		return false
	}
	for name, digest := range c.now.Steps[image].bases() {
		for oldName, oldDigest := range before.Steps[imageBefore].bases() {
			if name == oldName || digest == oldDigest {
				return false
			}
		}
	}
	return true
}

func sameEntry(a, b map[string]string, name string) bool {
	x, inA := a[name]
	y, inB := b[name]
	return inA == inB && x == y
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
