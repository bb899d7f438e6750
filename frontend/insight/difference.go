package insight

import (
	"slices"
	"strings"
)

// A difference is how the inputs of a step differ that no filesystem gives.
type difference struct {
	now      StepInputs
	names    []inputName
	old, new map[string]string // the digests of base images
}

// directoryChanged is the reason of a step that differs where only its working
// directory can have changed. It counts where nothing else is known: a WORKDIR is
// a step of its own.
var directoryChanged = Reason{Kind: KindText, Name: "WORKDIR"}

// bases are the images of a step, with their digests.
func (s StepInputs) bases() map[string]string {
	bases := map[string]string{}
	for _, in := range s.Inputs {
		if isBase(in) {
			bases[in.Name] = in.Value
		}
	}
	return bases
}

// ofText lists the reasons of a step with another text. Where only mounts or
// flags about the cache differ they are the reason. Otherwise it is the text, and
// what does not come from it.
func (d difference) ofText() []Reason {
	var flags, others []Reason
	text := false
	for _, name := range d.names {
		switch r, ok := d.reason(name); {
		case name.kind == KindVariable && d.now.isRun(), name.kind == KindBase && r.Change == "":
			if ok {
				others = append(others, r)
			}
		case name.kind == KindMount, name.kind == KindFreshness && name.name != "ttl":
			flags = append(flags, r)
		default:
			text = true
		}
	}
	if text {
		return append([]Reason{{Kind: KindText}}, others...)
	}
	return append(flags, others...)
}

// ofInputs lists the reasons of a step with the same text.
func (d difference) ofInputs() (reasons []Reason) {
	variable := slices.ContainsFunc(d.names, func(n inputName) bool { return n.kind == KindVariable })
	for _, name := range d.names {
		r, ok := d.reason(name)
		if ok && !(variable && name.kind == KindMount) { // a mount can hold a variable
			reasons = append(reasons, r)
		}
	}
	return reasons
}

// reason is the reason of one input. There is none for an image that another one
// has taken the place of.
func (d difference) reason(name inputName) (_ Reason, ok bool) {
	r := Reason{Kind: name.kind, Name: name.name}
	switch name.kind {
	case KindText:
		r = d.textReason(name.name)
	case KindVariable:
		if name.name == "" { // what all are called, in order
			r.Change = Moved
		}
	case KindPlatform:
		r.Name = ""
	case KindFreshness:
		if name.name == "build" {
			r.Name = "no-cache"
		}
	case KindBase:
		return d.baseReason(name.name)
	}
	return r, true
}

// textReason says what has changed of an instruction that is written as before: a
// here-document, or what an earlier instruction sets.
func (d difference) textReason(part string) Reason {
	switch {
	case strings.Contains(d.now.Text, "<<") && (part == "command" || part == "files"):
		return Reason{Kind: KindText}
	case part == "command":
		return Reason{Kind: KindText, Name: "SHELL"}
	case part == "user":
		return Reason{Kind: KindText, Name: "USER"}
	case part == "files", part == "directory":
		return directoryChanged
	}
	return Reason{Kind: KindText}
}

func (d difference) baseReason(name string) (_ Reason, ok bool) {
	r := Reason{Kind: KindBase, Name: name, New: d.new[name], Old: d.old[name]}
	_, has := d.new[name]
	_, had := d.old[name]
	if has && had {
		return r, true
	}
	r.Change = Modified
	for other, digest := range d.old {
		if _, still := d.new[other]; !still && len(d.old) == 1 {
			r.Old = digest
		}
	}
	return r, has
}
