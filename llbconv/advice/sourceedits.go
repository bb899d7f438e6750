package advice

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// moveSources moves the copies of sources down behind the install. A copy that also
// has manifests stays, with these alone, and is done again after the install.
func (v *view) moveSources(steps []*step, copies []int, inst install, cwd string) (edits []Edit) {
	if !onlyInstalls(steps[inst.at]) {
		return nil
	}
	var moved strings.Builder
	for _, i := range copies {
		st := steps[i]
		sources, dest, _ := st.contextFiles()
		if join(steps[inst.at].before.workdir, st.dest) != dest || strings.Contains(v.text(st.Instruction), "$") || v.firstComment(st.Instruction) != st.Start {
			return nil
		}
		if st.ownsDirectory(steps[i+1 : inst.at]) {
			return nil
		}
		for j := i + 1; j < inst.at; j++ {
			if !slices.Contains(copies, j) && !steps[j].commutes(sources, dest) {
				return nil
			}
		}
		rest, ok := v.withoutSources(st, inst, cwd)
		if !ok || (rest != "" || dest == cwd) && !installsExactly(steps[inst.at], inst.files) {
			return nil
		}
		if rest == "" {
			edits = append(edits, v.cut(st.Start, st.End))
		} else {
			edits = append(edits, replace(st.Start, st.End+1, rest))
		}
		moved.WriteString(v.text(st.Instruction))
	}
	first := steps[copies[0]]
	return append(edits, v.insertApart(steps[inst.at].End+1, moved.String(), v.isApart(first.Start, first.End)))
}

// mixedCopy matches a COPY or ADD of several sources on one line: its start with the
// flags, and the sources and the destination.
var mixedCopy = lazily(`^(\s*(?i:COPY|ADD)(?:[ \t]+--(?:chown|chmod|link)\S*)*)[ \t]+([^-\["\s][^"\\]*)$`)

// withoutSources returns the line of a COPY without the sources in it, empty if
// there is nothing else in it.
func (v *view) withoutSources(s *step, inst install, cwd string) (line string, ok bool) {
	sources, dest := s.plainCopy().SourcePaths, s.plainCopy().DestPath
	own := s.ownSources(inst, cwd)
	if len(own) == len(sources) {
		return "", true
	}
	m := mixedCopy().FindStringSubmatch(v.lines[s.Start-1])
	if m == nil || s.Start != s.End || !slices.Equal(strings.Fields(m[2]), append(slices.Clone(sources), dest)) {
		return "", false
	}
	rest := slices.DeleteFunc(strings.Fields(m[2]), func(name string) bool { return slices.Contains(own, path.Clean(name)) })
	return m[1] + " " + strings.Join(rest, " ") + "\n", strings.HasSuffix(dest, "/") || dest == "."
}

// commutes reports whether a step above an install does the same before and after a
// copy of sources to dest.
func (s *step) commutes(sources []string, dest string) bool {
	switch s.Command.(type) {
	case *instructions.RunCommand:
		return !s.script.any(call.changesFiles)
	case *instructions.CopyCommand, *instructions.AddCommand:
		others, to, ok := s.copiedFiles()
		return ok && !slices.ContainsFunc(others, func(other string) bool {
			return slices.ContainsFunc(sources, func(name string) bool { return overlap(target(other, to), target(name, dest)) })
		})
	case *instructions.UserCommand:
		return true
	}
	return s.isNeutral()
}

// ownsDirectory reports whether a copy may create a directory, with its owner or mode,
// that a later step would otherwise create.
func (s *step) ownsDirectory(later []*step) bool {
	chown, chmod, _ := s.copyFlags()
	return chown+chmod != "" && slices.ContainsFunc(later, func(next *step) bool {
		return next.dest != "" && !isWithin(s.before.workdir, commonDir(next.destination(), s.destination())) // which exists
	})
}

// commonDir returns the directory that has both of two paths, or is one of them.
func commonDir(a, b string) string {
	for !isWithin(b, a) {
		a = path.Dir(a)
	}
	return a
}

// target returns the path to which a source is copied: the destination itself for
// what may be a directory.
func target(source, dest string) string {
	base := path.Base(path.Join("/", source))
	isFile := path.Ext(base) != "" || strings.HasSuffix(strings.TrimRight(base, "*"), "file")
	if !isFile || strings.HasSuffix(source, "/") || path.Base(dest) == base {
		return dest
	}
	return path.Join(dest, base)
}

func overlap(a, b string) bool { return isWithin(a, b) || isWithin(b, a) }
