package insight

import "slices"

// readReasons compares the files that a step reads from build contexts. The
// text of the instruction, or a variable in it, can also select other files.
func (c *comparison) readReasons(now, before StepInputs, variable bool) (reasons []Reason) {
	reads, earlier := aligned(now, before)
	for k := range min(len(reads), len(earlier)) {
		r, old := reads[k], earlier[k]
		switch {
		case r.Step >= 0 || old.Step >= 0 || r.Digest == old.Digest:
		case now.TextHash != before.TextHash && !c.sameFiles(r, old):
			reasons = append(reasons, Reason{Kind: KindText})
		case variable && !c.sameFiles(r, old):
		default:
			reasons = append(reasons, c.fileReasons(r, old)...)
		}
	}
	return distinct(reasons)
}

// unknownReasons explains a step that reads from another source than before, such as a
// tag of a Git repository, if only the build knows the content of both: the text of the
// instruction, or a variable in it.
func (c *comparison) unknownReasons(i, j int) (reasons []Reason) {
	st := c.before.build.State
	reads, earlier := aligned(c.now.Steps[i], st.Steps[j])
	differs := false
	for k := range min(len(reads), len(earlier)) {
		r, old := reads[k], earlier[k]
		differs = differs || r.Unknown && old.Unknown && r.Source != old.Source
	}
	switch {
	case !differs:
		return nil
	case c.now.Steps[i].TextHash != st.Steps[j].TextHash:
		return []Reason{{Kind: KindText}}
	}
	now, before := c.now.variables(i), st.variables(j)
	for _, name := range sortedKeys(now) {
		if !sameEntry(now, before, name) {
			reasons = append(reasons, Reason{Kind: KindVariable, Name: name})
		}
	}
	return reasons
}

// sameFiles reports whether two reads are of the same files of the same source.
func (c *comparison) sameFiles(now, before Read) bool {
	return now.Files.same(before.Files) && c.now.Contexts[now.Context] == c.before.build.State.Contexts[before.Context]
}

// fileReasons lists the files that differ, or only the context if its files are
// not in the memory.
func (c *comparison) fileReasons(now, before Read) []Reason {
	var changes []Reason
	if content, old := c.look(now.Digest), c.look(before.Digest); now.isListed(content) && before.isListed(old) {
		changes = content.diff(old, now.Files)
	}
	if len(changes) == 0 {
		changes = []Reason{{}}
	}
	for i := range changes {
		changes[i].Kind, changes[i].Name = kindOfContext(c.now.Contexts[now.Context])
	}
	return changes
}

// isListed reports whether content holds the files of the read, not nothing because
// they are not in the memory.
func (r Read) isListed(content Content) bool {
	return len(content) > 0 || r.Digest == content.digest()
}

// onContext reports whether the step changes the filesystem of a build context.
func (s StepInputs) onContext() bool {
	return s.Parent < 0 && len(s.Reads) > 0 && s.Reads[0].Step < 0 && s.Reads[0].BySteps && s.Reads[0].Files.Path == "/"
}

// aligned returns the reads of two steps that correspond to each other. It leaves out
// a build context that only one of the steps changes.
func aligned(now, before StepInputs) (a, b []Read) {
	a, b = now.Reads, before.Reads
	switch on, was := now.onContext(), before.onContext(); {
	case on && !was:
		a = a[1:]
	case was && !on:
		b = b[1:]
	}
	return a, b
}

func (s Selection) same(other Selection) bool {
	return s.Path == other.Path && s.Wildcard == other.Wildcard && s.Follow == other.Follow &&
		slices.Equal(s.Include, other.Include) && slices.Equal(s.Exclude, other.Exclude)
}
