package advice

import (
	"path"
	"slices"
	"strings"
)

func (v *view) listFiles() (Files, bool) {
	if v.build.Files == nil {
		return nil, false
	}
	return v.build.Files(v.directories())
}

// maxDirectories limits the directories in which manifests are looked for: each has
// many patterns.
const maxDirectories = 8

// directories returns the directories of the context, apart from its top, in which the
// Dockerfile may install packages.
func (v *view) directories() []string {
	var found []string
	add := func(dir string) {
		if dir = strings.TrimPrefix(path.Clean("/"+dir), "/"); plainDirectory().MatchString(dir) {
			found = append(found, dir)
		}
	}
	cwds := v.installDirectories()
	for _, s := range v.stages {
		for _, st := range s.steps {
			sources, dest, _ := st.contextFiles()
			for _, source := range sources {
				add(path.Dir(source))
				for _, cwd := range cwds {
					if isWithin(cwd, dest) {
						add(path.Join(source, strings.TrimPrefix(cwd, dest)))
					}
				}
			}
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return found[:min(len(found), maxDirectories)]
}

// plainDirectory matches the paths that are not patterns.
var plainDirectory = lazily(`^[\w./@+ -]+$`)

// installDirectories returns the working directories of the commands that install
// packages.
func (v *view) installDirectories() (list []string) {
	for _, s := range v.stages {
		for _, st := range s.steps {
			if st.script == nil {
				continue
			}
			cwd := st.before.workdir
			for _, c := range st.script.calls {
				dir, enters := c.enters(cwd)
				_, installs := installerOf(c)
				_, ofProject := projectInstallerOf(c)
				switch {
				case enters:
					cwd = dir
				case installs, ofProject:
					list = append(list, cwd)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// enters returns the directory that a cd enters.
func (c call) enters(cwd string) (dir string, ok bool) {
	if c.words[0] != "cd" || len(c.words) != 2 || !c.isKnown() {
		return "", false
	}
	return join(cwd, c.words[1]), true
}
