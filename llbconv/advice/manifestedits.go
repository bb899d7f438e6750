package advice

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// copyStart matches a COPY or ADD of one source on one line: its indentation,
// flags, source and destination.
var copyStart = lazily(`^(\s*)(?i:COPY|ADD)((?:[ \t]+--(?:chown|chmod|link)\S*)*)[ \t]+([^-\["\s]\S*)[ \t]+(\S+)[ \t]*$`)

// copyManifests replaces the copy of the context by a copy of the manifests, and
// copies the context after the install.
func (v *view) copyManifests(steps []*step, i int, inst install, manifests []string) []Edit {
	copied, install := steps[i], steps[inst.at]
	m := copyStart().FindStringSubmatch(v.lines[copied.Start-1])
	if m == nil || copied.Start != copied.End || !installsExactly(install, inst.files) || !onlyInstalls(install) {
		return nil
	}
	for _, between := range steps[i+1 : inst.at] {
		if strings.Contains(m[4], "$") && between.setsVariable() {
			return nil
		}
		if _, moves := between.Command.(*instructions.WorkdirCommand); moves && !strings.HasPrefix(m[4], "/") {
			return nil // the destination would be a different one
		}
		if len(between.sources()) > 0 || between.run != nil && between.script.any(call.changesFiles) {
			return nil
		}
	}
	for _, name := range manifests {
		if strings.ContainsAny(name, " \t\"'$\\*?[") {
			return nil
		}
	}
	text := copyLines(m[1]+"COPY"+m[2], manifests, strings.TrimSuffix(m[4], "/")+"/")
	after := v.insertApart(install.End+1, v.text(copied.Instruction), v.isApart(v.firstComment(copied.Instruction), copied.End))
	if v.firstComment(copied.Instruction) == copied.Start && !copied.ownsDirectory(steps[i+1:inst.at]) && runsWithoutFiles(steps[i+1:inst.at], copied.destination()) {
		return []Edit{v.cut(copied.Start, copied.End), insert(v.firstComment(install.Instruction), text), after}
	}
	return []Edit{replace(copied.Start, copied.End+1, text), after}
}

// setsVariable reports whether an instruction sets a variable.
func (s *step) setsVariable() bool {
	switch s.Command.(type) {
	case *instructions.EnvCommand, *instructions.ArgCommand:
		return true
	}
	return false
}

// runsWithoutFiles reports whether steps have a RUN, and none of them uses files in a
// directory: it does not have to run again if the manifests change.
func runsWithoutFiles(steps []*step, dir string) bool {
	return slices.ContainsFunc(steps, func(s *step) bool { return s.run != nil }) &&
		!slices.ContainsFunc(steps, func(s *step) bool { return !s.needsNothingIn(dir) })
}

// topLevel returns the names of files and directories that hold all manifests.
func topLevel(manifests []string) (names []string) {
	for _, name := range manifests {
		dir, _, below := strings.Cut(name, "/")
		if below {
			name = dir + "/"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// copyLines returns the lines that copy manifests: one for the files, and one for
// each directory, of which COPY copies the content.
func copyLines(start string, manifests []string, dest string) string {
	files, dirs := start, ""
	for _, name := range topLevel(manifests) {
		if strings.HasSuffix(name, "/") {
			dirs += start + " " + name + " " + dest + name + "\n"
		} else {
			files += " " + name
		}
	}
	return files + " " + dest + "\n" + dirs
}

// reads returns the manifests as the files that an install reads.
func (i install) reads(s *step, manifests []string) *StepReads {
	return &StepReads{Line: s.Start, Command: i.command(), Files: i.inContext(manifests)}
}

// inContext returns the paths of manifests in the context.
func (i install) inContext(manifests []string) (list []string) {
	if i.dir == "" {
		return manifests
	}
	for _, name := range manifests {
		list = append(list, i.dir+"/"+name)
	}
	return list
}
