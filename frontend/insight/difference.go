package insight

import "slices"

// A difference compares the inputs of two steps, without the filesystems that
// they read.
type difference struct {
	now      StepInputs
	names    []inputName
	document bool              // the here-documents of the instruction differ
	otherTTL bool              // the value of --cache-ttl differs, or only one of the steps has it
	old, new map[string]string // the digests of base images
}

// directoryChanged is the reason of a step for which only the working directory
// can have changed. It counts if nothing else has changed, as a WORKDIR is a
// step of its own.
var directoryChanged = Reason{Kind: KindText, Name: "WORKDIR"}

// settings are the instructions, and settings of a base image, that the parts of a
// command with the same text come from.
var settings = map[inputName]string{
	{KindText, "command"}: "SHELL",
	{KindText, "user"}:    "USER",
}

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

// ofText lists the reasons of a step with another text. If only mounts or cache
// flags differ, these are the reasons. Otherwise the text is a reason, together
// with the changes that it does not explain.
func (d difference) ofText() []Reason {
	var flags, others []Reason
	text := false
	for _, name := range d.names {
		switch r, ok := d.reason(name); {
		case name.kind == KindVariable && d.now.isRun(), name.kind == KindBase && r.Change == "", name.isOfClient():
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

// isOfClient reports whether only an option of the client can change the input. RUN
// has flags for the network and devices too.
func (n inputName) isOfClient() bool {
	return n.kind == KindClient && n.name != "network" && n.name != "device"
}

// ofInputs lists the reasons of a step with the same text.
func (d difference) ofInputs() (reasons []Reason) {
	variable := slices.ContainsFunc(d.names, func(n inputName) bool { return n.kind == KindVariable })
	for _, name := range d.names {
		r, ok := d.reason(name)
		if ok && !(variable && d.canHoldVariable(name)) {
			reasons = append(reasons, r)
		}
	}
	return reasons
}

// canHoldVariable reports whether the input is a mount, the files of a COPY with its
// here-documents, or another TTL.
func (d difference) canHoldVariable(n inputName) bool {
	return n.kind == KindMount || n == inputName{KindText, "files"} || n == inputName{KindFreshness, "ttl"} && d.otherTTL
}

// reason returns the reason of one input. An image that was replaced by another
// has none.
func (d difference) reason(name inputName) (_ Reason, ok bool) {
	r := Reason{Kind: name.kind, Name: name.name}
	switch name.kind {
	case KindText:
		r = d.textReason(name.name)
	case KindVariable:
		if name.name == "" { // all names, in order
			r.Change = Moved
		}
	case KindPlatform:
		r.Name = ""
	case KindFreshness:
		r = d.freshnessReason(name)
	case KindBase:
		return d.baseReason(name.name)
	}
	return r, true
}

// textReason returns the reason of an instruction with the same text: a
// here-document has changed, or a setting of an earlier instruction.
func (d difference) textReason(part string) Reason {
	switch {
	case d.document && (part == "command" || part == "files"):
		return Reason{Kind: KindText}
	case part == "files", part == "directory":
		return directoryChanged
	}
	return Reason{Kind: KindText, Name: settings[inputName{KindText, part}]}
}

// freshnessReason returns the reason of a flag about the cache. A flag can be a comment
// above the instruction, which the text does not have: if it was removed, or has
// another value, the instruction has changed.
func (d difference) freshnessReason(name inputName) Reason {
	always := name.name == "build"
	switch {
	case always && !d.now.has(name), name.name == "ttl" && d.otherTTL:
		return Reason{Kind: KindText}
	case always:
		return Reason{Kind: KindFreshness, Name: "no-cache"}
	}
	return Reason{Kind: KindFreshness, Name: name.name}
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
