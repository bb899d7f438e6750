package advice

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var updateAlone = Check{
	Name:        "UpdateAlone",
	Description: "Package lists that are updated in a step of their own grow stale in the cache",
	find:        findUpdateAlone,
}

// findUpdateAlone finds steps that only update package lists, if a later step of
// the stage installs from them.
func findUpdateAlone(v *view) (found []Finding) {
	if strings.Contains(string(v.build.Text), "snapshot.debian.org") || strings.Contains(string(v.build.Text), "snapshot.ubuntu.com") {
		return nil // the lists are those of one day
	}
	v.needed(func(s stage) {
		for i, update := range s.steps {
			tool := update.onlyUpdates()
			if tool == "" || update.Flags.fresh() || len(update.mounts()) > 0 {
				continue
			}
			install, ok := installAfter(s.steps[i+1:])
			if !ok {
				continue
			}
			found = append(found, Finding{
				Message: tool + " update in a step of its own: the step is cached, and later installs use its old package lists",
				Hint:    "update and install in one RUN",
				Range:   update.Range(),
				Further: ranges(install),
				Edits:   v.joinUpdate(s.steps[i:], install),
			})
		}
	})
	return found
}

// onlyUpdates returns the package manager of a step that only updates its lists, or
// an empty string.
func (s *step) onlyUpdates() string {
	if s.script == nil || len(s.script.calls) != 1 {
		return ""
	}
	c := s.script.calls[0]
	if c.packages() != "update" || !s.script.isChain() {
		return ""
	}
	return c.words[0]
}

// installAfter returns the first step that installs, unless that step updates the
// lists itself.
func installAfter(rest []*step) (*step, bool) {
	for _, s := range rest {
		if s.script.any(func(c call) bool { return c.packages() == "update" }) {
			return nil, false
		}
		if s.script.any(func(c call) bool { return c.packages() == "install" }) {
			return s, true
		}
	}
	return nil, false
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
	edit, ok := v.prepend(install.Instruction, strings.TrimSpace(update.script.text))
	if !ok || !install.script.isChain() || install.script.inDocument || update.script.inDocument || strings.ContainsAny(update.script.text, "\n#") {
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

func aptVerb(words []string) string {
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case slices.Contains(aptOptions, w):
			i++
		case strings.HasPrefix(w, "-"):
		case w == "dist-upgrade" || w == "full-upgrade":
			return "upgrade"
		case w == "build-dep" || w == "reinstall":
			return "install"
		default:
			return w
		}
	}
	return ""
}
