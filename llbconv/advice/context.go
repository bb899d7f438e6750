package advice

import "slices"

var broadContext = Check{
	Name:        "BroadContext",
	Description: "The whole context is copied, with directories that the image does not need",
	find:        findBroadContext,
}

// findBroadContext finds copies of a context that has no ignore file and contains
// files that should not be copied.
func findBroadContext(v *view) (found []Finding) {
	if v.build.Ignored {
		return nil
	}
	v.needed(func(s stage) {
		for i, st := range s.steps {
			if _, whole := st.copiesContext(); !whole {
				continue
			}
			files, ok := v.files()
			if dirs := needless(files, slices.Concat(s.steps[i:], v.onTop(s))); ok && len(dirs) > 0 {
				found = append(found, Finding{
					Message: "the whole context is copied, and " + enumerate(dirs) + " with it: each change there makes the step run again",
					Hint:    "add a .dockerignore file",
					Range:   st.Range(),
				})
			}
			return
		}
	})
	return found
}

// needless returns the directories that are copied without need. The directory .git
// is needed if a step may ask for the version.
func needless(files Files, steps []*step) (dirs []string) {
	for _, dir := range []string{".git", ".venv", "venv", "node_modules", "target"} {
		switch {
		case !files.hasDir(dir):
		case dir == ".git" && usesGit(steps):
		case dir == "target" && !files.has("Cargo.toml") && !files.has("pom.xml"):
		case dir == "venv" && !files.has("venv/pyvenv.cfg"):
		case dir == "node_modules" && !files.has("package.json"):
		default:
			dirs = append(dirs, dir+"/")
		}
	}
	return dirs
}

// usesGit reports whether a step may run git.
func usesGit(steps []*step) bool {
	for _, s := range steps {
		if s.run != nil && (s.script == nil || s.script.any(func(c call) bool {
			return c.words[0] == "git" || c.words[0] == "go" || c.words[0] == "make" || c.words[0] == "cargo" || c.isOpaque()
		})) {
			return true
		}
	}
	return false
}
