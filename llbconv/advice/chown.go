package advice

import (
	"fmt"
	"path"
	"slices"
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
		var copies []copied
		for _, st := range s.steps {
			if st.script.any(call.createsUser) {
				for i := range copies {
					copies[i].beforeUser = true
				}
			}
			if c, ok := copiedBy(st); ok {
				copies = append(copies, c)
			} else if f, ok := chownFinding(copies, st); ok {
				found = append(found, f)
			}
		}
	})
	return found
}

func chownFinding(copies []copied, st *step) (Finding, bool) {
	if st.script == nil || st.script.any(func(c call) bool { return c.is("cd") || c.is("pushd") }) {
		return Finding{}, false
	}
	for _, c := range st.script.calls {
		command, value, dirs := c.changedTrees()
		for _, dir := range dirs {
			changed := copiesTo(copies, join("/", join(st.before.workdir, dir)), command)
			if !slices.ContainsFunc(changed, func(c copied) bool { return !c.isSmall }) {
				continue
			}
			f := Finding{
				Message: fmt.Sprintf("%s -R %s stores the copied files a second time, in the layer of this step", c.words[0], dir),
				Hint:    chownHint(changed, command, value),
				Range:   st.Range(),
			}
			for _, c := range changed {
				f.Further = append(f.Further, c.place)
			}
			return f, true
		}
	}
	return Finding{}, false
}

// chownHint says how to copy files with an owner or a mode.
func chownHint(copies []copied, flag, value string) string {
	hint := "copy them with --" + flag
	if !strings.Contains(value, unknown) {
		hint += "=" + value
	}
	if flag == "chown" && strings.Trim(value, "0123456789:") != "" && slices.ContainsFunc(copies, func(c copied) bool { return c.beforeUser }) {
		hint += ", and create the user before"
	}
	return hint
}

// createsUser reports whether a call creates a user or a group.
func (c call) createsUser() bool {
	return slices.Contains([]string{"useradd", "adduser", "groupadd", "addgroup"}, c.words[0])
}

// changedTrees returns the directories that a call changes with all files in them, and
// the flag of COPY that does the same, with its value.
func (c call) changedTrees() (flag, value string, dirs []string) {
	names := c.operands()
	if !c.changesFiles() || !c.isRecursive() || len(names) < 2 || strings.Contains(strings.Join(names[1:], " "), unknown) || c.has("--reference") {
		return "", "", nil
	}
	return c.words[0], strings.TrimSuffix(names[0], ":"), names[1:]
}

func (c call) isRecursive() bool { return c.hasSwitch("--recursive", "R") }

// copied is what a COPY or ADD does: its destination, its flags for the owner and the
// mode, by their names, and its place.
type copied struct {
	dest  string
	flags map[string]string
	place []parser.Range
	// beforeUser is set if a later step creates a user or a group.
	beforeUser bool
	// isSmall is set if all sources are single small files.
	isSmall bool
}

// copiedBy returns what a step copies. ok is false if it is not a copy, or if a variable
// is in its destination.
func copiedBy(st *step) (c copied, ok bool) {
	chown, chmod, ok := st.copyFlags()
	if !ok || st.dest == "" || hasVariable(st.dest) {
		return c, false
	}
	c.dest, c.place = st.destination(), st.Range()
	c.flags = map[string]string{"chown": chown, "chmod": chmod}
	c.isSmall = !slices.ContainsFunc(st.sources(), func(name string) bool { return !isSmallFile(name) })
	return c, true
}

// copyFlags returns the flags of a COPY or ADD for the owner and the mode.
func (s *step) copyFlags() (chown, chmod string, ok bool) {
	switch c := s.Command.(type) {
	case *instructions.CopyCommand:
		return c.Chown, c.Chmod, true
	case *instructions.AddCommand:
		return c.Chown, c.Chmod, true
	}
	return "", "", false
}

// isSmallFile reports whether a source is a single file of a kind that is small.
func isSmallFile(name string) bool {
	return !strings.ContainsAny(name, "*?[") && slices.Contains([]string{
		".json", ".toml", ".yaml", ".yml", ".txt", ".mod", ".sum", ".lock", ".sh", ".conf", ".cfg", ".ini", ".properties", ".xml",
		".js", ".ts", ".py", ".rb", ".php", ".html", ".css",
	}, path.Ext(name))
}

// copiesTo returns the copies to a directory without a flag.
func copiesTo(copies []copied, dir, flag string) (found []copied) {
	for _, c := range copies {
		if c.flags[flag] == "" && isWithin(c.dest, dir) {
			found = append(found, c)
		}
	}
	return found
}
