package advice

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

var chownAfterCopy = Check{
	Name:        "ChownAfterCopy",
	Description: "A change of the owner or the mode of copied files stores them a second time",
	find:        findChownAfterCopy,
}

// findChownAfterCopy finds recursive changes of the owner or the mode of directories
// to which an earlier instruction of the stage copies files.
func findChownAfterCopy(v *view) (found []Finding) {
	v.needed(func(s stage) {
		if !s.shipped {
			return
		}
		for i, st := range s.steps {
			if f, ok := v.chownFinding(s.steps[:i], st); ok {
				found = append(found, f)
			}
		}
	})
	return found
}

func (v *view) chownFinding(before []step, st step) (Finding, bool) {
	if st.script == nil || st.script.any(func(c call) bool { return c.is("cd") || c.is("pushd") }) {
		return Finding{}, false
	}
	for _, c := range st.script.calls {
		command, value, dirs := c.changedTrees()
		for _, dir := range dirs {
			copies := v.copiesTo(before, join(st.before.workdir, dir), command)
			if len(copies) == 0 {
				continue
			}
			return Finding{
				Message: fmt.Sprintf("%s -R %s stores the copied files a second time, in the layer of this step", c.words[0], dir),
				Hint:    fmt.Sprintf("copy them with --%s=%s", command, value),
				Range:   st.Range(),
				Further: copies,
			}, true
		}
	}
	return Finding{}, false
}

// changedTrees returns the directories that a call changes with all files in them, and
// the flag of COPY that does the same, with its value.
func (c call) changedTrees() (flag, value string, dirs []string) {
	names := c.operands()
	if !c.changesFiles() || !c.isRecursive() || len(names) < 2 || !c.isKnown() || c.has("--reference") {
		return "", "", nil
	}
	return c.words[0], strings.TrimSuffix(names[0], ":"), names[1:]
}

func (c call) isRecursive() bool {
	for _, w := range c.words[1:] {
		if w == "--recursive" || strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--") && strings.Contains(w, "R") {
			return true
		}
	}
	return false
}

// copiesTo returns the places of the steps that copy files to a directory without a
// flag.
func (v *view) copiesTo(steps []step, dir, flag string) (places [][]parser.Range) {
	for _, st := range steps {
		dest, flags := st.copyFlags()
		dest = v.unquote(dest)
		if dest != "" && flags[flag] == "" && !hasVariable(dest) && isWithin(join(st.before.workdir, dest), join("/", dir)) {
			places = append(places, st.Range())
		}
	}
	return places
}

// copyFlags returns the destination of a COPY or ADD, as written, and two of its flags.
func (s step) copyFlags() (dest string, flags map[string]string) {
	switch c := s.Command.(type) {
	case *instructions.CopyCommand:
		return c.DestPath, map[string]string{"chown": c.Chown, "chmod": c.Chmod}
	case *instructions.AddCommand:
		return c.DestPath, map[string]string{"chown": c.Chown, "chmod": c.Chmod}
	}
	return "", nil
}
