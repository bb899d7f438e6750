package advice

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// addCaches adds the cache mounts to all steps that need them. It returns no edits
// if something without the mount may need the files in a cache.
func (v *view) addCaches(s stage, c cacher, own caches) (edits []Edit) {
	if !own.fixable {
		return nil
	}
	steps := s.steps
	if c.shared {
		steps = v.family(s)
	}
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
		if there := c.caches(place{st.before, v, s}); !there.fixable || !slices.Equal(there.dirs, own.dirs) {
			return nil
		}
		if st.hasCacheMount() || !st.usesCache(c) {
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
func (s step) usesCache(c cacher) bool {
	return s.script.any(func(call call) bool {
		return call.words[0] == c.tool && (c.shared || c.installs(call))
	})
}

// family returns the steps of a stage, of the stages that it is built on, and of
// the stages that are built on it.
func (v *view) family(s stage) []step { return append(v.below(s), v.onTop(s)...) }

// mayRun reports whether the result of a stage, or of one that is built on it, may
// start the tool, which then needs the files of the cache.
func (v *view) mayRun(s stage, c cacher) bool {
	return slices.ContainsFunc(v.family(s), func(st step) bool {
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
var watchers = []string{"sh", "bash", "make", "air", "CompileDaemon", "dlv", "cargo-watch", "reflex", "watchexec"}

// mayStart reports whether a word of a command line is the tool, or a program that
// may start it.
func (c cacher) mayStart(word string) bool {
	name := path.Base(word)
	if c.tool == "dotnet" { // also starts a compiled program
		return name == "run" || name == "watch" || name == "test"
	}
	return name == c.tool || slices.Contains(watchers, name) || strings.HasSuffix(name, ".sh")
}

// reads reports whether a step names a directory of the cache.
func (v *view) reads(s step, own caches) bool {
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
