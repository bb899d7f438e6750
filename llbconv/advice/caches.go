package advice

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// caches are the directories in which a package manager keeps its downloads.
type caches struct {
	dirs []string
	// fixable is set if the directories are certain, and the result of an install
	// has no links into them.
	fixable bool
	// variable is a variable that has to name the first directory, if the default is
	// not certain.
	variable string
	// user is set if the directories belong to a user other than root.
	user bool
}

// An installStep is a step that installs, in its stage.
type installStep struct {
	state
	view  *view
	stage stage
}

// home returns the home directory of root. For another user, or if a variable may
// move it, ok is false and the directory is the one that a shell writes as "~".
func (s state) home() (dir string, ok bool) {
	if !s.isRoot() {
		return "~", false
	}
	return "/root", true
}

// dir returns the directory that a variable of the environment names. ok is false
// if the value is not an absolute path.
func (s state) dir(variable string) (dir string, ok bool) {
	v := s.vars.lookup(variable)
	if v == nil || !v.isSet || v.arg {
		return "", false
	}
	if !strings.HasPrefix(v.value, "/") || strings.ContainsAny(v.value, `$:"' ,`) {
		return "", false
	}
	return path.Clean(v.value), true
}

// inHome returns directories below the home directory.
func inHome(dirs ...string) func(installStep) caches { return below("", "", dirs...) }

// below returns directories below the directory that a variable names. If it is not
// set, that is the directory dir below the home directory. Inlined, its code would be in
// the program ten times.
//
//go:noinline
func below(variable, dir string, dirs ...string) func(installStep) caches {
	return func(p installStep) caches {
		base, certain := p.home()
		base += dir
		if variable != "" && p.env(variable) {
			base, certain = p.dir(variable)
			certain = certain && p.isRootUser()
		}
		if base == "" {
			return caches{}
		}
		c := caches{fixable: certain}
		for _, d := range dirs {
			c.dirs = append(c.dirs, base+d)
		}
		return c
	}
}

func goCaches(p installStep) caches {
	home, isRoot := p.home()
	gopath, certain := p.dir("GOPATH")
	switch {
	case certain:
	case p.env("GOPATH"):
		gopath = "$GOPATH" // BuildKit expands it in a mount
	default:
		gopath = home + "/go"
	}
	return caches{dirs: []string{gopath + "/pkg/mod", home + "/.cache/go-build"}, fixable: certain && isRoot}
}

func npmCache(p installStep) caches {
	if p.configures("npm", "cache") {
		return caches{}
	}
	return inHome("/.npm")(p)
}

// uvCache has no fix if the installed files are links to the cache.
func uvCache(p installStep) caches {
	c := inHome("/.cache/uv")(p)
	mode := p.vars.lookup("UV_LINK_MODE")
	c.fixable = c.fixable && (mode == nil || mode.value != "symlink") && !p.any(func(c call) bool {
		return c.words[0] == "uv" && c.has("--link-mode") && slices.ContainsFunc(c.words, func(w string) bool { return strings.HasSuffix(w, "symlink") })
	})
	return c
}

// gradleCaches returns directories of Gradle's home.
func gradleCaches(dirs ...string) func(installStep) caches {
	return below("GRADLE_USER_HOME", "/.gradle", dirs...)
}

// poetryCaches leaves out the virtual environments, which are in the same
// directory.
func poetryCaches(p installStep) caches {
	if p.configures("poetry", "cache-dir") {
		return caches{}
	}
	return below("POETRY_CACHE_DIR", "/.cache/pypoetry", "/cache", "/artifacts")(p)
}

// condaPackages has no fix: conda records in an environment whether its files are
// links to the packages.
func condaPackages(p installStep) caches {
	if p.configures("conda", "pkgs_dirs") {
		return caches{}
	}
	if dir, ok := p.dir("CONDA_PKGS_DIRS"); ok {
		return caches{dirs: []string{dir}}
	}
	if p.env("CONDA_PKGS_DIRS") {
		return caches{}
	}
	if p.inPath("/opt/conda/bin") {
		return caches{dirs: []string{"/opt/conda/pkgs"}}
	}
	return caches{}
}

// gemCache returns the directory of downloaded gems, if gems are installed in the
// directory that the official image sets.
func gemCache(p installStep) caches {
	home, ok := p.dir("GEM_HOME")
	if !ok || !p.isRoot() || !p.env("BUNDLE_APP_CONFIG") ||
		p.env("BUNDLE_PATH", "BUNDLE_DEPLOYMENT", "BUNDLE_GLOBAL_GEM_CACHE", "BUNDLE_CACHE_PATH", "BUNDLE_NO_INSTALL") ||
		p.configures("bundle", "") || p.any(func(c call) bool {
		return c.is("bundle") && c.has("--path", "--deployment", "--standalone", "--system")
	}) {
		return caches{}
	}
	return caches{dirs: []string{home + "/cache"}, fixable: true}
}

// composerCache returns the directory that a variable names: the default depends on
// directories of the image.
func composerCache(p installStep) caches {
	dir, ok := p.dir("COMPOSER_CACHE_DIR")
	switch {
	case ok:
	case p.env("COMPOSER_CACHE_DIR"):
		return caches{}
	default:
		if dir, ok = p.dir("COMPOSER_HOME"); !ok {
			return caches{dirs: []string{"/tmp/cache"}, variable: "COMPOSER_CACHE_DIR"}
		}
		dir += "/cache"
	}
	return caches{dirs: []string{dir}, fixable: p.isRootUser()}
}

// configures reports whether a command of the stage, or of one that it is built on,
// sets an option of a package manager.
func (p installStep) configures(tool, option string) bool {
	return p.any(func(c call) bool {
		return c.is(tool, "config") && slices.ContainsFunc(c.words, func(w string) bool { return strings.Contains(w, option) })
	})
}

// any reports whether f is true for a command of the stage, or of one that it is
// built on.
func (p installStep) any(f func(call) bool) bool {
	return slices.ContainsFunc(p.view.below(p.stage), func(s *step) bool { return s.script.any(f) })
}

// project returns the files of the context if the stage, or one that it is built
// on, copies a manifest from the top of the context, and no other one.
func (p installStep) project(manifest string) (Files, bool) {
	top := false
	for _, st := range p.view.below(p.stage) {
		if c, ok := st.Command.(*instructions.CopyCommand); ok && c.From != "" {
			continue
		}
		sources := st.sources()
		for _, m := range st.mounts() {
			if m.kind == "bind" {
				sources = append(slices.Clone(sources), m.source)
			}
		}
		for _, source := range sources {
			source = strings.TrimPrefix(path.Join("/", source), "/")
			matches, _ := path.Match(path.Base(source), manifest)
			switch {
			case source == "", matches && path.Dir(source) == ".":
				top = true
			case matches:
				return nil, false
			}
		}
	}
	files, ok := p.view.files()
	return files, top && ok && files.has(manifest)
}
