package insight

// A likeness is how much of an earlier build is in this one.
type likeness struct{ same, total int }

// isHalf reports whether it is at least half.
func (l likeness) isHalf() bool { return 2*l.same >= l.total && l.same > 0 }

// isMore compares two shares.
func (l likeness) isMore(than likeness) bool { return l.same*than.total > than.same*l.total }

// likenessOf compares the instructions of two builds, and the files that they
// read. Projects can have the same Dockerfile, but not the same files, and what
// changes from one build to the next is few of both.
func likenessOf(now, before State, look contents) (l likeness) {
	texts := map[string]bool{}
	for _, s := range now.Steps {
		texts[s.TextHash] = true
	}
	for _, s := range before.Steps {
		l.add(texts[s.TextHash])
	}
	ours := now.files(look)
	for path, f := range before.files(look) {
		other, found := ours[path]
		l.add(found && !other.differs(&f))
	}
	return l
}

func (l *likeness) add(same bool) {
	l.total++
	if same {
		l.same++
	}
}

// files are the files that a build reads, by context and path.
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
