package insight

import (
	"cmp"
	"slices"
)

// ownReasons lists the inputs of a step that the corresponding step of the
// earlier build did not have. It is empty where all that is new comes from the
// steps before it, or where there is nothing to compare with.
func (c *comparison) ownReasons(i int) []Reason {
	if c.before == nil {
		return nil
	}
	if c.match[i] < 0 {
		return []Reason{{Kind: KindStep, Change: Added}}
	}
	now, before := c.now.Steps[i], c.before.Steps[c.match[i]]
	reasons := c.inputReasons(i)
	if now.TextHash != before.TextHash {
		// Another instruction has other inputs of every kind.
		reasons = slices.DeleteFunc(reasons, func(r Reason) bool { return r.Kind != KindVariable && r.Kind != KindBase })
		return append([]Reason{{Kind: KindText}}, reasons...)
	}
	reasons = append(reasons, c.readReasons(now, before)...)
	if len(reasons) == 0 {
		reasons = append(reasons, c.orderReasons(i)...)
	}
	if len(reasons) == 0 && c.unfinished[c.keys[i]] {
		reasons = append(reasons, Reason{Kind: KindStep, Change: Unfinished})
	}
	return reasons
}

// inputReasons compares the inputs that no filesystem gives.
func (c *comparison) inputReasons(i int) (reasons []Reason) {
	now, before := c.now.inputs(i), c.before.inputs(c.match[i])
	for _, name := range sortedNames(now, before) {
		value, has := now[name]
		old, had := before[name]
		if value == old && has == had {
			continue
		}
		r := Reason{Kind: name.kind, Name: name.name}
		switch {
		case name.kind == KindVariable && name.name == "": // their order, which follows from others
			continue
		case name.kind == KindText || name.kind == KindPlatform:
			r.Name = ""
		case name.kind == KindBase && has && had:
			r.Old, r.New = old, value
		case name.kind == KindBase:
			r = Reason{Kind: KindText} // another image is named
		}
		if !slices.Contains(reasons, r) {
			reasons = append(reasons, r)
		}
	}
	return reasons
}

type inputName struct {
	kind Kind
	name string
}

// inputs are all inputs of a step by name, with the variables of the commands
// before it.
func (st State) inputs(i int) map[inputName]string {
	all := map[inputName]string{}
	for _, in := range st.Steps[i].Inputs {
		if in.Kind != KindVariable {
			name := inputName{in.Kind, in.Name}
			all[name] += in.Value + "\n" // there can be several of a name
		}
	}
	for key, value := range all {
		all[key] = value[:len(value)-1]
	}
	unset := map[string]bool{}
	for ; i >= 0; i = st.Steps[i].Parent {
		for _, in := range st.Steps[i].Inputs {
			name := inputName{in.Kind, in.Name}
			if _, nearer := all[name]; in.Kind != KindVariable || nearer || unset[in.Name] {
				continue
			}
			if in.Unset {
				unset[in.Name] = true
			} else {
				all[name] = in.Value
			}
		}
	}
	return all
}

func sortedNames(maps ...map[inputName]string) []inputName {
	var names []inputName
	for _, m := range maps {
		for name := range m {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b inputName) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.name, b.name))
	})
	return slices.Compact(names)
}

// readReasons compares the files that a step reads of build contexts.
func (c *comparison) readReasons(now, before StepInputs) (reasons []Reason) {
	for k, r := range now.Reads {
		if r.Step >= 0 || k >= len(before.Reads) || before.Reads[k].Step >= 0 || r.Digest == before.Reads[k].Digest {
			continue
		}
		name := c.now.Contexts[r.Context]
		changes := c.look(r.Digest).diff(c.look(before.Reads[k].Digest))
		if len(changes) == 0 { // the files are not remembered
			changes = []Reason{{}}
		}
		for _, change := range changes {
			change.Kind, change.Name = kindOfContext(name)
			if !slices.Contains(reasons, change) {
				reasons = append(reasons, change)
			}
		}
	}
	return reasons
}

// orderReasons explains a step whose own inputs are all the same, although the
// step before it is another one: steps were removed, or stand in another order.
func (c *comparison) orderReasons(i int) []Reason {
	parent, before := c.now.Steps[i].Parent, c.before.Steps[c.match[i]].Parent
	if parent >= 0 && c.done[parent].State != Cached || parent >= 0 && c.match[parent] == before {
		return nil
	}
	if before >= 0 && slices.Contains(c.match, before) || parent < 0 && before < 0 {
		return []Reason{{Kind: KindStep, Change: Moved}}
	}
	return []Reason{{Kind: KindStep, Change: Removed}}
}
