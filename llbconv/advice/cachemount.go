package advice

import (
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
	needed := v.anyAbove(listKeepers[0].mayNeed)
	v.needed(func(s stage) {
		for _, c := range cachingTools {
			if f, ok := v.cacheFinding(s, c); ok {
				found = append(found, f)
			}
		}
		found = append(found, v.aptFindings(s, needed[s.index])...)
	})
	return found
}

func (v *view) cacheFinding(s stage, c cachingTool) (f Finding, ok bool) {
	var own caches
	var through, from []*step
	for i, st := range s.steps {
		command := st.lacksCache(c, installStep{st.before, v, s})
		switch {
		case command == "":
		case ok:
			f.Further = append(f.Further, st.Range())
		default:
			ok = true
			own, through = c.caches(installStep{st.before, v, s}), v.before(s, i+1)
			from = slices.Concat(s.steps[i:], v.onTop(s))
			f.Message = command + " has no cache mount: each run of the step begins without what earlier ones " + c.makes()
			own.user = !st.before.isRootUser()
			f.Hint = c.hint(own)
			f.Range = st.Range()
		}
	}
	if !ok || len(own.dirs) == 0 || v.copiedFrom(s, own) || v.bringsCache(s, c) || onlyClones(through) || c.filledBefore(through) {
		return f, false
	}
	if c.shared && (v.mayRun(s, c) || !needsDownloads(from)) || slices.ContainsFunc(from, c.worksOffline) {
		return f, false
	}
	f.Edits = v.addCaches(s, c, own)
	return f, true
}

// hint says which mounts to add.
func (c cachingTool) hint(own caches) string {
	switch {
	case len(own.dirs) == 0:
		return ""
	case own.variable != "":
		return "set " + own.variable + "=" + own.dirs[0] + " and add " + c.mounts(own.dirs)
	case own.user:
		return "add --mount=type=cache with the uid of the user, and " + own.target() + " as target"
	case own.inHome():
		return "add --mount=type=cache with " + own.target() + " as target"
	}
	return "add " + c.mounts(own.dirs)
}

// inHome reports whether a directory is in a home directory that is not known.
func (c caches) inHome() bool {
	return slices.ContainsFunc(c.dirs, func(dir string) bool { return strings.HasPrefix(dir, "~") })
}

// target describes the targets of the mounts, in which "~" does not work.
func (c caches) target() string {
	if c.inHome() {
		return "the full path of " + enumerate(c.dirs)
	}
	return enumerate(c.dirs)
}

// mounts returns the flags that mount the directories of the cache.
func (c cachingTool) mounts(dirs []string) string {
	var flags []string
	for _, dir := range dirs {
		flag := "--mount=type=cache,target=" + dir
		if c.locked {
			flag += ",sharing=locked"
		}
		flags = append(flags, flag)
	}
	return strings.Join(flags, " ")
}

// makes names the content of the cache.
func (c cachingTool) makes() string {
	if c.tool == "go" {
		return "downloaded and compiled"
	}
	return "downloaded"
}

// lacksCache returns the command of a step that loses its downloads, empty if there
// is none.
func (s *step) lacksCache(c cachingTool, p installStep) string {
	if s.script == nil {
		return ""
	}
	at := slices.IndexFunc(s.script.calls, func(call call) bool {
		return call.words[0] == c.tool && c.installs(call) && !call.has(noCache...) && call.isKnown() && len(call.vars) == 0
	})
	if at < 0 || s.mayMount(c, p) || s.before.env(c.off...) || s.before.env(c.moves...) || s.before.movesCaches() || s.script.any(isCleanup) {
		return ""
	}
	return s.script.calls[at].name()
}

// name returns the command and its subcommand, for messages.
func (c call) name() string {
	if len(c.operands()) == 0 {
		return c.words[0] + " install"
	}
	if c.is("go", "mod", "download") {
		return "go mod download"
	}
	if c.is("uv", "pip", "install") {
		return "uv pip install"
	}
	if hasGoals(c.words[0]) {
		return c.words[0]
	}
	if c.is("conda", "env") {
		return "conda env " + c.operands()[1]
	}
	return c.words[0] + " " + c.operands()[0]
}

// noCache are options with which a package manager stores or downloads nothing.
var noCache = []string{
	"--no-cache-dir", "--no-cache", "--cache-dir", "--cache", "--cache-folder", "--offline", "--prefer-offline",
	"--no-index", "--find-links", "--local", "--no-restore", "-mod", "--store-dir", "--vendor-dir", "--packages", "-Dmaven.repo.local",
}

// hasGoals reports whether the operands of a tool are goals of a build, such as
// clean.
func hasGoals(tool string) bool {
	return slices.Contains([]string{"mvn", "mvnw", "gradle", "gradlew"}, tool)
}

// mayMount reports whether a mount of a step may be the cache of a package manager. It
// is false for the caches of others that the step runs.
func (s *step) mayMount(c cachingTool, p installStep) bool {
	return slices.ContainsFunc(s.mounts(), func(m mount) bool {
		return hasVariable(m.kind) || m.kind == "cache" && (slices.Contains(c.caches(p).dirs, m.target) || !slices.ContainsFunc(cachingTools, func(other cachingTool) bool {
			return other.tool != c.tool && s.usesCache(other) && slices.Contains(other.caches(p).dirs, m.target)
		}))
	})
}

func (s *step) hasCacheMount() bool {
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
	}) && !hasGoals(c.words[0])
}

// cacheDir matches directories in which package managers keep downloads.
var cacheDir = lazily(`/\.(gradle|m2|npm|nuget|cargo|cache|yarn|ivy2|sbt|bun)\b|/pkg/mod\b|/go/pkg\b|cargo/registry|pnpm[-/]store`)

// vendored matches directories of dependencies in the context.
var vendored = lazily(`(^|[ /])vendor(/|$| )`)

// bringsCache reports whether a stage copies downloads from another place.
func (v *view) bringsCache(s stage, c cachingTool) bool {
	for _, st := range v.below(s) {
		copied, ok := st.Command.(*instructions.CopyCommand)
		if !ok {
			continue
		}
		paths := strings.Join(append(slices.Clone(copied.SourcePaths), copied.DestPath), " ")
		if cacheDir().MatchString(paths) || c.tool != "go" && vendored().MatchString(paths) {
			return true
		}
	}
	return false
}

// onlyClones reports whether git clone, in one of the steps, is the only origin of a
// stage's sources. The steps run again only when the Dockerfile changes.
func onlyClones(steps []*step) bool {
	clones := false
	for _, st := range steps {
		if len(st.sources()) > 0 {
			return false
		}
		clones = clones || st.script.any(func(c call) bool { return c.is("git", "clone") || c.is("go", "get") })
	}
	return clones
}

// filledBefore reports whether an earlier step may have downloaded the dependencies
// by a goal that is not known.
func (c cachingTool) filledBefore(steps []*step) bool {
	if !hasGoals(c.tool) {
		return false
	}
	return slices.ContainsFunc(steps, func(st *step) bool {
		return st.script.any(func(call call) bool {
			goals := slices.DeleteFunc(call.operands(), func(w string) bool { return w == "clean" || w == "wrapper" })
			return call.words[0] == c.tool && len(goals) > 0 && !c.installs(call)
		})
	})
}
