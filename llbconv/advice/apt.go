package advice

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var updateAlone = Check{
	Name:        "UpdateAlone",
	Description: "Package lists that an earlier step has updated grow stale in the cache",
	find:        findUpdateAlone,
}

// findUpdateAlone finds steps that update package lists, if later steps of the stage
// install from them.
func findUpdateAlone(v *view) (found []Finding) {
	if strings.Contains(string(v.build.Text), "snapshot.debian.org") || strings.Contains(string(v.build.Text), "snapshot.ubuntu.com") {
		return nil // the lists are those of one day
	}
	v.needed(func(s stage) {
		for i, update := range s.steps {
			c, ok := update.leavesLists()
			if !ok || update.Flags.fresh() || len(update.mounts()) > 0 {
				continue
			}
			if installs := installsAfter(s.steps[i+1:], update.onlyUpdates()); len(installs) > 0 {
				found = append(found, v.updateFinding(s.steps[i:], c, installs))
			}
		}
	})
	return found
}

// updateFinding returns the finding about the first of some steps, which updates lists
// by a call, and the steps that install from them.
func (v *view) updateFinding(steps []*step, update call, installs []*step) Finding {
	f := Finding{
		Message: "later steps install from the package lists of this one: the step is cached, and its lists grow old",
		Hint:    "begin each step that installs with " + update.words[0] + " update",
		Range:   steps[0].Range(),
	}
	for _, install := range installs {
		f.Further = append(f.Further, install.Range())
	}
	ok := true
	if steps[0].onlyUpdates() {
		f.Message = update.words[0] + " update in a step of its own: the step is cached, and later installs use its old package lists"
		f.Hint = "update and install in one RUN"
		f.Edits = v.joinUpdate(steps, installs[0])
		ok, installs = f.Edits != nil, installs[1:]
	}
	edits, all := v.addUpdates(installs, update)
	if f.Edits = append(f.Edits, edits...); !ok || !all {
		f.Edits = nil
	}
	return f
}

// leavesLists returns the call by which a step updates package lists that stay in its
// layer.
func (s *step) leavesLists() (call, bool) {
	if s.script == nil {
		return call{}, false
	}
	at := slices.IndexFunc(s.script.calls, func(c call) bool { return c.packages() == "update" })
	if at < 0 {
		return call{}, false
	}
	c := s.script.calls[at]
	return c, slices.ContainsFunc(listKeepers, func(k listKeeper) bool { return k.is(c) && k.leaves(s) })
}

// onlyUpdates reports whether a step only updates package lists.
func (s *step) onlyUpdates() bool { return len(s.script.calls) == 1 && s.script.isChain() }

// installsAfter returns the steps that install, up to the next step that updates the
// lists. Unless alone is set, it also stops at a step whose effects are not known.
func installsAfter(rest []*step, alone bool) (installs []*step) {
	for _, s := range rest {
		uncertain := s.run != nil && s.script == nil || s.script.any(call.mayUpdate)
		if uncertain && !alone || s.script.any(func(c call) bool { return c.packages() == "update" }) {
			break
		}
		if s.script.any(func(c call) bool { return c.packages() == "install" }) && !s.mountsOver(listKeepers[0].dirs) {
			installs = append(installs, s)
		}
	}
	return installs
}

// mayUpdate reports whether a call may update package lists as a part of its work.
func (c call) mayUpdate() bool { return c.isOpaque() || c.words[0] == "add-apt-repository" }

// addUpdates makes each of some steps update the lists first. ok is false if it cannot.
func (v *view) addUpdates(installs []*step, update call) (edits []Edit, ok bool) {
	command := update.words[0] + " update"
	if update.sudo {
		command = "sudo " + command
	}
	for _, s := range installs {
		edit, ok := v.prepend(s.Instruction, command)
		if !ok || !s.script.isChain() || !s.script.isPlain() {
			return nil, false
		}
		edits = append(edits, edit)
	}
	return edits, true
}

// joinUpdate moves an update into the step that installs. No step between the two
// may affect either of them.
func (v *view) joinUpdate(steps []*step, install *step) []Edit {
	update := steps[0]
	between := steps[1:slices.IndexFunc(steps, func(s *step) bool { return s.Start == install.Start })]
	for _, s := range between {
		switch s.Command.(type) {
		case *instructions.LabelCommand, *instructions.ExposeCommand, *instructions.WorkdirCommand:
		default:
			return nil
		}
	}
	command := strings.TrimRight(strings.TrimSpace(update.script.text), "; ")
	edit, ok := v.prepend(install.Instruction, command)
	if !ok || !install.script.isChain() || !install.script.isPlain() || !update.script.isPlain() || strings.ContainsAny(command, "\n#") {
		return nil
	}
	return []Edit{replace(update.Start, update.End+1, ""), edit}
}

// packages returns what a call does with the packages of the system: update,
// upgrade or install. It is empty for anything else.
func (c call) packages() string {
	switch c.words[0] {
	case "apt-get", "apt", "aptitude":
		return aptVerb(c.words[1:])
	case "apk":
		switch {
		case c.is("apk", "update"):
			return "update"
		case c.is("apk", "add") && c.has("--no-cache", "-U", "--update", "--update-cache"):
			return "" // it has separate lists
		case c.is("apk", "add"):
			return "install"
		case c.is("apk", "upgrade"):
			return "upgrade"
		}
	}
	return ""
}

// aptOptions are apt's options that take the next word as their value.
var aptOptions = []string{"-o", "--option", "-t", "--target-release", "--default-release", "-c", "--config-file", "-a"}

// aptVerb returns what a command of apt does: update, upgrade, install or another one.
func aptVerb(words []string) string {
	switch command := aptCommand(words); command {
	case "dist-upgrade", "full-upgrade":
		return "upgrade"
	case "build-dep", "reinstall":
		return "install"
	default:
		return command
	}
}

// aptCommand returns the first argument of apt that is not an option or its value.
func aptCommand(words []string) string {
	for i := 0; i < len(words); i++ {
		switch {
		case slices.Contains(aptOptions, words[i]):
			i++
		case !strings.HasPrefix(words[i], "-"):
			return words[i]
		}
	}
	return ""
}
