package advice

import (
	"path"
	"slices"
	"strings"
)

var listsNotRemoved = Check{
	Name:        "ListsNotRemoved",
	Description: "Package lists stay in the layer of the step that downloads them",
	find:        findListsNotRemoved,
}

// A listKeeper is a package manager that keeps its lists.
type listKeeper struct {
	commands []string
	// dirs are the directories of the lists.
	dirs []string
	// remove is the command that removes them.
	remove string
	// keeps reports whether a call downloads lists and keeps them, uses whether it
	// needs existing lists, cleans whether it removes them.
	keeps, uses, cleans func(call) bool
	// installs reports whether a call installs or upgrades packages.
	installs func(call) bool
	// renews reports whether a call downloads lists that are there already. It is
	// nil if every call that keeps lists does so.
	renews func(call) bool
}

var listKeepers = []listKeeper{
	{
		commands: []string{"apt-get", "apt", "aptitude"},
		dirs:     []string{"/var/lib/apt/lists"},
		remove:   "rm -rf /var/lib/apt/lists/*",
		keeps:    func(c call) bool { return c.packages() == "update" },
		uses:     installsByApt,
		installs: installsByApt,
		cleans:   func(c call) bool { return c.is("apt-get", "distclean") || c.is("apt", "distclean") },
	},
	{
		commands: []string{"apk"},
		dirs:     []string{"/var/cache/apk", "/etc/apk/cache"},
		remove:   "rm -rf /var/cache/apk/*",
		keeps: func(c call) bool {
			return (c.is("apk", "add") || c.is("apk", "update") || c.is("apk", "upgrade")) && !c.has("--no-cache")
		},
		uses:     func(call) bool { return false }, // it downloads lists that are missing
		installs: func(c call) bool { return c.is("apk", "add") || c.is("apk", "upgrade") },
		cleans:   func(c call) bool { return c.is("apk", "cache") },
		renews:   func(c call) bool { return c.is("apk", "update") || c.has("-U", "--update", "--update-cache") },
	},
	{
		commands: []string{"dnf", "yum", "microdnf"},
		dirs:     []string{"/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"},
		keeps:    installsRPMs,
		uses:     func(call) bool { return false },
		installs: installsRPMs,
		cleans:   func(c call) bool { return c.is(c.words[0], "clean") },
		renews:   func(c call) bool { return c.is(c.words[0], "makecache") || c.has("--refresh") },
	},
}

func installsByApt(c call) bool { return c.packages() == "install" || c.packages() == "upgrade" }

func installsRPMs(c call) bool {
	rest := c.operands()
	return len(rest) > 0 && slices.Contains([]string{"install", "localinstall", "groupinstall", "update", "upgrade"}, rest[0]) ||
		len(rest) > 1 && rest[0] == "group" && rest[1] == "install"
}

// findListsNotRemoved finds steps that install packages into the result and leave
// the lists there.
func findListsNotRemoved(v *view) (found []Finding) {
	for _, k := range listKeepers {
		there, needed, removed := v.anyBelow(k.leaves), v.anyAbove(k.mayNeed), v.any(k.removesStrictly)
		v.needed(func(s stage) {
			if !s.shipped {
				return
			}
			own := v.listsFindings(s, k, there[s.index], needed[s.index])
			if removed {
				for i := range own {
					own[i].Edits = nil
				}
			}
			found = append(found, own...)
		})
	}
	return found
}

// listsFindings returns the findings of a stage about one package manager. A step
// that uses the lists of an earlier one is a further place of its finding. there is set
// if the lists are in an earlier stage already, needed if a later stage may need them.
func (v *view) listsFindings(s stage, k listKeeper, there, needed bool) (found []Finding) {
	used := k.usedLater(s, needed)
	for i, st := range s.steps {
		adds := !there || k.downloadsAgain(st)
		there = there || k.leaves(st)
		if !st.keepsLists(k) || used[i] {
			continue
		}
		f := v.listsFinding(st, k)
		if adds {
			found = append(found, f)
		} else if len(found) > 0 {
			first := &found[len(found)-1]
			first.Further = append(first.Further, st.Range())
			if len(first.Edits) > 0 && len(f.Edits) > 0 {
				first.Edits = append(first.Edits, f.Edits...)
			} else {
				first.Edits = nil
			}
		}
	}
	return found
}

func (v *view) listsFinding(st *step, k listKeeper) Finding {
	var tool string
	var sudo bool
	for _, c := range st.script.calls {
		if k.is(c) && k.keeps(c) {
			tool, sudo = c.words[0], c.sudo
		}
	}
	remove := k.remove
	if remove == "" {
		remove = tool + " clean all"
	}
	if sudo {
		remove = "sudo " + remove
	}
	f := Finding{
		Message: "the package lists of " + tool + " stay in the layer of this step",
		Hint:    "end the step with " + remove,
		Range:   st.Range(),
	}
	if st.script.any(func(c call) bool { return c.is("apk", "add") }) {
		f.Hint = "use apk add --no-cache, which needs no apk update"
	}
	last := st.script.calls[len(st.script.calls)-1]
	if edit, ok := v.appended(st, remove); ok && last.words[0] != "exit" && last.words[0] != "exec" {
		f.Edits = []Edit{edit}
	}
	return f
}

func (k listKeeper) is(c call) bool {
	for _, name := range k.commands {
		if c.words[0] == name {
			return true
		}
	}
	return false
}

// keepsLists reports whether a step downloads lists, installs from them, and
// leaves them there.
func (s *step) keepsLists(k listKeeper) bool {
	if s.script == nil || s.mountsOver(k.dirs) {
		return false
	}
	kept, installs := false, false
	for _, c := range s.script.calls {
		switch {
		case k.is(c) && k.cleans(c), c.removes(k.dirs), c.isOpaque():
			return false
		case k.is(c) && k.keeps(c):
			kept = true
		}
		installs = installs || k.is(c) && k.installs(c)
	}
	return kept && installs
}

// downloadsAgain reports whether a step downloads lists that are there already.
func (k listKeeper) downloadsAgain(s *step) bool {
	return k.renews == nil || s.script.any(func(c call) bool { return k.is(c) && k.renews(c) })
}

// downloads reports whether a step downloads lists.
func (k listKeeper) downloads(s *step) bool {
	return s.script.any(func(c call) bool { return k.is(c) && k.keeps(c) })
}

// leaves reports whether a step downloads lists and leaves them in its layer.
func (k listKeeper) leaves(s *step) bool {
	return k.downloads(s) &&
		!s.script.any(func(c call) bool { return k.is(c) && k.cleans(c) || c.removes(k.dirs) })
}

// removesStrictly reports whether a step removes lists by a command that fails if there
// are none.
func (k listKeeper) removesStrictly(s *step) bool {
	return s.script.any(func(c call) bool {
		return c.words[0] == "rm" && !c.hasSwitch("--force", "f") && c.removes(k.dirs)
	})
}

// usedLater returns, for each step of a stage, whether a later step may need the lists.
// needed is set if a step of a later stage may need them.
func (k listKeeper) usedLater(s stage, needed bool) []bool {
	used := make([]bool, len(s.steps))
	for i, st := range slices.Backward(s.steps) {
		used[i] = needed
		needed = k.mayNeed(st) || needed && !k.downloads(st)
	}
	return used
}

// mayNeed reports whether a step needs lists of earlier steps, or has effects that are
// not known.
func (k listKeeper) mayNeed(s *step) bool {
	if s.run != nil && s.script == nil {
		return true
	}
	return s.script.any(func(c call) bool { return k.is(c) && k.uses(c) }) && !k.downloads(s)
}

// mountsOver reports whether a mount of a step covers a directory.
func (s *step) mountsOver(dirs []string) bool {
	for _, m := range s.mounts() {
		for _, dir := range dirs {
			if hasVariable(m.target) || isWithin(dir, path.Clean(m.target)) || isWithin(path.Clean(m.target), dir) {
				return true
			}
		}
	}
	return false
}

// isWithin reports whether a path is a directory or inside it.
func isWithin(name, dir string) bool {
	return name == dir || dir == "/" || strings.HasPrefix(name, dir+"/")
}

// removes reports whether a call may remove a directory or its content, or enters it,
// as in cd /var/lib/apt/lists && rm -rf *.
func (c call) removes(dirs []string) bool {
	switch c.words[0] {
	case "rm", "find", "shred", "rmdir", "mv":
	case "cd", "pushd":
		return len(c.words) > 1 && slices.ContainsFunc(dirs, func(dir string) bool { return isWithin(path.Clean(c.words[1]), dir) })
	default:
		return false
	}
	for _, w := range c.words[1:] {
		if strings.Contains(w, unknown) || strings.ContainsAny(w, "{") {
			return true
		}
		bare := path.Clean(strings.TrimRight(w, "*"))
		for _, dir := range dirs {
			if strings.HasPrefix(w, "/") && (isWithin(bare, dir) || strings.HasPrefix(dir, bare)) {
				return true
			}
		}
	}
	return false
}

// isOpaque reports whether a call runs a script that is not part of the Dockerfile.
// The effects of such a script are not known.
func (c call) isOpaque() bool {
	name := c.words[0]
	switch name {
	case "sh", "bash", "ash", "dash", "zsh", "source", ".", "eval", "make", "ansible-playbook", "ansible", "xargs", "python", "perl", "ruby", "node":
		return true
	}
	return strings.Contains(c.path, "/") && !strings.HasPrefix(c.path, "/usr/") && !strings.HasPrefix(c.path, "/bin/") && !strings.HasPrefix(c.path, "/sbin/") ||
		strings.HasSuffix(name, ".sh") || strings.Contains(name, unknown) || strings.Contains(name, "clean")
}
