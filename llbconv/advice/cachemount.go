package advice

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var installWithoutCacheMount = Check{
	Name:        "InstallWithoutCacheMount",
	Description: "What a package manager downloads is lost each time the step runs",
	find:        findInstallWithoutCacheMount,
}

// findInstallWithoutCacheMount finds steps that install from manifests, or compile,
// without a cache that persists. It returns one finding for each stage and package
// manager.
func findInstallWithoutCacheMount(v *view) (found []Finding) {
	v.needed(func(s stage) {
		for _, c := range cachers {
			if f, ok := v.cacheFinding(s, c); ok {
				found = append(found, f)
			}
		}
		found = append(found, v.aptFindings(s)...)
	})
	return found
}

func (v *view) cacheFinding(s stage, c cacher) (f Finding, ok bool) {
	for _, st := range s.steps {
		command := st.lacksCache(c)
		switch {
		case command == "":
		case ok:
			f.Further = append(f.Further, st.Range())
		default:
			ok = true
			targets := c.targets(st.before)
			f.Message = command + " has no cache mount: each run of the step begins without what earlier ones " + c.makes()
			f.Hint = "add --mount=type=cache,target=" + strings.Join(targets, " and --mount=type=cache,target=")
			f.Range = st.Range()
		}
	}
	if !ok || v.copiedFrom(s, c) || v.bringsCache(s) || v.onlyClones(s) {
		return f, false
	}
	f.Edits = v.addCaches(s, c)
	return f, true
}

// makes names the content of the cache.
func (c cacher) makes() string {
	if c.tool == "go" {
		return "downloaded and compiled"
	}
	return "downloaded"
}

// lacksCache returns the command of a step that loses its downloads, empty if there
// is none.
func (s step) lacksCache(c cacher) string {
	if s.script == nil || s.hasCacheMount() || s.before.env(c.off...) || s.before.env(c.moves...) || s.script.any(isCleanup) {
		return ""
	}
	for _, call := range s.script.calls {
		if call.words[0] == c.tool && c.installs(call) && !call.has(noCache...) && call.isKnown() && len(call.vars) == 0 {
			return call.name()
		}
	}
	return ""
}

// name returns the command and its subcommand, for messages.
func (c call) name() string {
	if len(c.operands()) == 0 {
		return c.words[0] + " install"
	}
	if c.is("go", "mod", "download") {
		return "go mod download"
	}
	if strings.HasPrefix(c.words[0], "mvn") || c.words[0] == "gradle" || c.words[0] == "gradlew" {
		return c.words[0]
	}
	return c.words[0] + " " + c.operands()[0]
}

// noCache are options with which a package manager stores or downloads nothing.
var noCache = []string{
	"--no-cache-dir", "--no-cache", "--cache-dir", "--cache", "--cache-folder", "--offline", "--prefer-offline",
	"--no-index", "--find-links", "--local", "--no-restore", "-mod", "--store-dir", "--vendor-dir", "--packages", "-Dmaven.repo.local",
}

func (s step) hasCacheMount() bool {
	return slices.ContainsFunc(s.mounts(), func(m mount) bool { return m.kind == "cache" || hasVariable(m.kind) })
}

// isCleanup reports whether a call removes a cache, which means that the user wants
// a small layer.
func isCleanup(c call) bool {
	if c.words[0] == "rm" || c.words[0] == "find" {
		return slices.ContainsFunc(c.words[1:], func(w string) bool {
			return strings.Contains(w, "cache") || strings.Contains(w, "/pkg") || strings.Contains(w, "/.") || strings.Contains(w, "~") || strings.Contains(w, unknown) || strings.HasPrefix(w, "/tmp")
		})
	}
	return slices.ContainsFunc(c.operands(), func(w string) bool {
		return w == "clean" || w == "purge" || w == "prune" || w == "clear" || w == "clear-cache" || w == "clearcache" || w == "cleanup"
	}) && c.words[0] != "mvn" && c.words[0] != "mvnw" && c.words[0] != "gradle" && c.words[0] != "gradlew"
}

// addCaches adds the cache mounts to all steps that need them. It returns no edits
// if something without the mount may need the files in a cache.
func (v *view) addCaches(s stage, c cacher) (edits []Edit) {
	if c.targets == nil || !c.editable {
		return nil
	}
	steps := s.steps
	if c.shared {
		steps = v.family(s)
	}
	var flags []string
	for _, st := range steps {
		if st.script.any(func(call call) bool { return call.words[0] == c.tool }) {
			if !st.before.isRoot() || c.home != "" && !st.before.env(c.home) {
				return nil
			}
			if flags == nil {
				for _, target := range c.targets(st.before) {
					flags = append(flags, "--mount=type=cache,target="+target)
				}
			}
			if uses := st.usesCache(c); st.hasCacheMount() || !uses {
				continue
			}
			edit, ok := v.addFlag(st.Instruction, strings.Join(flags, " "))
			if !ok {
				return nil
			}
			edits = append(edits, edit)
		} else if c.shared && st.run != nil && (st.script == nil || st.script.any(func(call call) bool { return !call.ignoresVariables() })) {
			return nil
		}
		if v.reads(st, c) {
			return nil
		}
	}
	return edits
}

// cacheDir matches directories in which package managers keep downloads.
var cacheDir = regexp.MustCompile(`/\.(gradle|m2|npm|nuget|cargo|cache|yarn|ivy2|sbt|bun)\b|/pkg/mod\b|/go/pkg\b|cargo/registry|pnpm[-/]store`)

// bringsCache reports whether a stage copies downloads from another place.
func (v *view) bringsCache(s stage) bool {
	for _, below := range v.chain(s) {
		for _, st := range below.steps {
			if c, ok := st.Command.(*instructions.CopyCommand); ok && cacheDir.MatchString(strings.Join(append(c.SourcePaths, c.DestPath), " ")) {
				return true
			}
		}
	}
	return false
}

// onlyClones reports whether git clone is the only origin of a stage's sources. The
// steps of such a stage run again only when the Dockerfile changes.
func (v *view) onlyClones(s stage) bool {
	clones := false
	for _, below := range v.chain(s) {
		for _, st := range below.steps {
			if len(st.sources()) > 0 {
				return false
			}
			clones = clones || st.script.any(func(c call) bool { return c.is("git", "clone") || c.is("go", "get") })
		}
	}
	return clones
}

// usesCache reports whether a step gets the mount.
func (s step) usesCache(c cacher) bool {
	return s.script.any(func(call call) bool {
		return call.words[0] == c.tool && (c.shared || c.installs(call))
	})
}

// family returns the steps of a stage, of the stages that it is built on, and of
// the stages that are built on it.
func (v *view) family(s stage) (steps []step) {
	for _, below := range v.chain(s) {
		steps = append(steps, below.steps...)
	}
	return append(steps, v.onTop(s)...)
}

// reads reports whether a step names a directory of the cache.
func (v *view) reads(s step, c cacher) bool {
	if s.run == nil {
		return false
	}
	return slices.ContainsFunc(c.targets(s.before), func(target string) bool {
		return strings.Contains(codeOf(s), target) || strings.Contains(codeOf(s), "~/"+strings.TrimPrefix(target, "/root/"))
	})
}

// copiedFrom reports whether another stage copies files of the cache.
func (v *view) copiedFrom(s stage, c cacher) bool {
	for _, other := range v.stages {
		for _, st := range other.steps {
			copied, ok := st.Command.(*instructions.CopyCommand)
			if !ok || len(st.Sources) == 0 {
				continue
			}
			for _, source := range copied.SourcePaths {
				for _, target := range c.targets(s.end) {
					from := path.Join("/", source)
					if hasVariable(source) || isWithin(target, from) || isWithin(from, target) {
						return true
					}
				}
			}
		}
	}
	return false
}
