package insight

import "cmp"

// A likeness is the part of an earlier build that this build contains.
type likeness struct{ instructions, files share }

// A share is a number out of a total.
type share struct{ same, total int }

func (s *share) add(same bool) {
	s.total++
	if same {
		s.same++
	}
}

func (s share) isHalf() bool { return 2*s.same >= s.total && s.same > 0 }

// all counts instructions and files equally.
func (l likeness) all() share {
	return share{l.instructions.same + l.files.same, l.instructions.total + l.files.total}
}

// isSameProject reports whether the two builds have half of the instructions in
// common, and this one contains at least half of the earlier one. Two projects can
// have the same Dockerfile, but not the same files as well.
func (l likeness) isSameProject() bool { return l.instructions.isHalf() && l.all().isHalf() }

// compare compares two likenesses. Of two equal ones, the one with more
// instructions is greater.
func (l likeness) compare(other likeness) int {
	return cmp.Or(l.all().compare(other.all()), l.instructions.compare(other.instructions))
}

func (s share) compare(other share) int { return cmp.Compare(s.same*other.total, other.same*s.total) }

// likenessOf compares the instructions of two builds, and the files that they
// read.
func likenessOf(now, before State, look contents) (l likeness) {
	texts := map[string]bool{}
	for _, s := range now.Steps {
		texts[s.TextHash] = true
	}
	for _, s := range before.Steps {
		l.instructions.add(texts[s.TextHash])
	}
	// Few instructions of another project can be half of its build, but not half of
	// this one as well.
	l.instructions.total = max(l.instructions.total, len(now.Steps))
	if !l.instructions.isHalf() {
		return l // the files would not change the answer
	}
	ours := now.files(look)
	for path, f := range before.files(look) {
		other, found := ours[path]
		l.files.add(found && !other.differs(&f))
	}
	return l
}

// files returns the files that a build reads, by context and path.
func (st State) files(look contents) map[[2]string]File {
	files := map[[2]string]File{}
	for _, s := range st.Steps {
		for _, r := range s.Reads {
			if r.Step >= 0 {
				continue
			}
			for _, f := range look(r.Digest) {
				files[[2]string{st.Contexts[r.Context], r.Files.pathOf(f)}] = f
			}
		}
	}
	return files
}
