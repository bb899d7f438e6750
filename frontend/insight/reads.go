package insight

import "slices"

// readReasons compares the files that a step reads from build contexts. The
// text of the instruction, or a variable in it, can also select other files.
func (c *comparison) readReasons(now, before StepInputs, variable bool) (reasons []Reason) {
	for k := range min(len(now.Reads), len(before.Reads)) {
		r, old := now.Reads[k], before.Reads[k]
		switch {
		case r.Step >= 0 || old.Step >= 0 || r.Digest == old.Digest:
		case now.TextHash != before.TextHash && !r.Files.same(old.Files):
			reasons = append(reasons, Reason{Kind: KindText})
		case variable && !r.Files.same(old.Files):
		default:
			reasons = append(reasons, c.fileReasons(r, old)...)
		}
	}
	return distinct(reasons)
}

// fileReasons lists the files that differ, or only the context if its files are
// not in the memory.
func (c *comparison) fileReasons(now, before Read) []Reason {
	changes := c.look(now.Digest).diff(c.look(before.Digest), now.Files)
	if len(changes) == 0 {
		changes = []Reason{{}}
	}
	for i := range changes {
		changes[i].Kind, changes[i].Name = kindOfContext(c.now.Contexts[now.Context])
	}
	return changes
}

func (s Selection) same(other Selection) bool {
	return s.Path == other.Path && s.Wildcard == other.Wildcard && s.Follow == other.Follow &&
		slices.Equal(s.Include, other.Include) && slices.Equal(s.Exclude, other.Exclude)
}
