package advice

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// addCaches adds the cache mounts to all steps that need them. It returns no edits
// if something without the mount may need the files in a cache.
func (v *view) addCaches(s stage, c cachingTool, own caches) (edits []Edit) {
	if !own.fixable {
		return nil
	}
	steps := s.steps
	if c.shared {
		steps = v.family(s)
	}
	var same *step // has the same caches as own
	for _, st := range steps {
		if v.reads(st, own) {
			return nil
		}
		if !st.script.any(func(call call) bool { return call.words[0] == c.tool }) {
			if c.shared && st.run != nil && (st.script == nil || st.script.any(func(call call) bool { return !call.ignoresVariables() })) {
				return nil
			}
			continue
		}
		if same == nil || same.before.user != st.before.user || same.before.vars != st.before.vars {
			if there := c.caches(installStep{st.before, v, s}); !there.fixable || !slices.Equal(there.dirs, own.dirs) {
				return nil
			}
			same = st
		}
		if !st.usesCache(c) || st.mayMount(c, installStep{st.before, v, s}) {
			continue
		}
		edit, ok := v.addFlag(st.Instruction, c.mounts(own.dirs))
		if !ok {
			return nil
		}
		edits = append(edits, edit)
	}
	return edits
}

// usesCache reports whether a step gets the mount.
func (s *step) usesCache(c cachingTool) bool {
	return s.script.any(func(call call) bool {
		return call.words[0] == c.tool && (c.shared || c.installs(call))
	})
}

// mayRun reports whether the result of a stage, or of one that is built on it, may
// start the tool, which then needs the files of the cache.
func (v *view) mayRun(s stage, c cachingTool) bool {
	return slices.ContainsFunc(v.family(s), func(st *step) bool {
		var line []string
		switch command := st.Command.(type) {
		case *instructions.CmdCommand:
			line = command.CmdLine
		case *instructions.EntrypointCommand:
			line = command.CmdLine
		}
		return slices.ContainsFunc(strings.Fields(strings.Join(line, " ")), c.mayStart)
	})
}

// watchers are programs that may start a compiler.
var watchers = []string{
	"sh", "bash", "make", "task", "just", "air", "CompileDaemon", "dlv", "cargo-watch", "reflex", "watchexec",
	"nodemon", "fresh", "realize", "modd", "bee", "gin", "gow", "wgo", "arelo",
}

// mayStart reports whether a word of a command line is the tool, or a program that
// may start it.
func (c cachingTool) mayStart(word string) bool {
	name := path.Base(word)
	if c.tool == "dotnet" { // also starts a compiled program
		return name == "run" || name == "watch" || name == "test"
	}
	return c.isTool(name) || slices.Contains(watchers, name) || strings.HasSuffix(name, ".sh")
}

// isTool reports whether a command is the tool, or one with the same cache, as mvn
// and mvnw are.
func (c cachingTool) isTool(name string) bool {
	return strings.TrimSuffix(name, "w") == strings.TrimSuffix(c.tool, "w")
}

// needsDownloads reports whether a command of the steps may need what another one
// has downloaded. Otherwise the downloads are meant for the image.
func needsDownloads(steps []*step) bool {
	return slices.ContainsFunc(steps, func(s *step) bool {
		return s.run != nil && (s.script == nil || s.script.any(func(c call) bool {
			return !c.ignoresVariables() && !c.onlyDownloads() && !c.isRemoteInstall()
		}))
	})
}

// worksOffline reports whether a step uses the downloads of an earlier one and
// cannot download them itself. A mount may be empty, while the earlier step is still
// cached.
func (c cachingTool) worksOffline(s *step) bool {
	return s.script.any(func(call call) bool { return c.isTool(call.words[0]) && call.isOffline() }) &&
		!s.script.any(func(call call) bool { return c.installs(call) && !call.isOffline() })
}

func (c call) isOffline() bool {
	switch c.words[0] {
	case "mvn", "mvnw":
		return c.has("-o", "--offline")
	case "cargo":
		return c.has("--offline", "--frozen")
	case "dotnet":
		return c.has("--no-restore", "--no-build")
	}
	return c.has("--offline")
}

// onlyDownloads reports whether a call downloads the dependencies of a project and
// does nothing else.
func (c call) onlyDownloads() bool {
	return c.is("go", "mod", "download") || c.is("cargo", "fetch") || c.is("dotnet", "restore") ||
		hasGoals(c.words[0]) && slices.ContainsFunc(c.operands(), func(w string) bool { return strings.Contains(w, "dependenc") })
}

// isRemoteInstall reports whether a call installs a program from its own sources.
func (c call) isRemoteInstall() bool {
	return c.is("go", "install") && slices.ContainsFunc(c.words, func(w string) bool { return strings.Contains(w, "@") })
}

// reads reports whether a step names a directory of the cache.
func (v *view) reads(s *step, own caches) bool {
	if s.run == nil {
		return false
	}
	return slices.ContainsFunc(own.dirs, func(dir string) bool {
		return strings.Contains(codeOf(s), dir) || strings.Contains(codeOf(s), "~/"+strings.TrimPrefix(dir, "/root/"))
	})
}

// copiedFrom reports whether another stage copies files of the cache.
func (v *view) copiedFrom(s stage, own caches) bool {
	for _, other := range v.stages {
		for _, st := range other.steps {
			copied, ok := st.Command.(*instructions.CopyCommand)
			if !ok || len(st.Sources) == 0 {
				continue
			}
			for _, source := range copied.SourcePaths {
				for _, dir := range own.dirs {
					from := path.Join("/", source)
					if hasVariable(source) || isWithin(dir, from) || isWithin(from, dir) {
						return true
					}
				}
			}
		}
	}
	return false
}
