package advice

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// oldPnpm matches versions of pnpm that have their store at another place.
var oldPnpm = lazily(`\bpnpm@[\^~]?[1-6]\b`)

// otherStore matches settings that move the store of pnpm, or link into it.
var otherStore = lazily(`(?i)store-?dir|virtual-?store|import-?method`)

// pnpmStore returns the store of pnpm. Files cannot be hard links to a mount, so
// pnpm copies them.
func pnpmStore(p installStep) caches {
	if p.configures("pnpm", "store") {
		return caches{}
	}
	c := below("PNPM_HOME", "/.local/share/pnpm", "/store")(p)
	files, ok := p.project("package.json")
	c.fixable = c.fixable && ok && !otherStore().MatchString(files[".npmrc"]+files["pnpm-workspace.yaml"]+files["package.json"]) &&
		!oldPnpm().MatchString(files["package.json"]) && !p.configures("pnpm", "") &&
		!slices.ContainsFunc(p.view.family(p.stage), func(s *step) bool { return s.script.any(needsStore) })
	return c
}

// needsStore reports whether a call needs the store, or a certain version of it, in
// the image.
func needsStore(c call) bool {
	if c.words[0] != "pnpm" {
		return slices.ContainsFunc(c.words, oldPnpm().MatchString)
	}
	return c.has("--offline", "--store-dir", "--virtual-store-dir", "--global-virtual-store-dir") ||
		slices.ContainsFunc(c.operands(), func(w string) bool { return w == "fetch" || w == "deploy" || w == "store" })
}

// yarnCaches returns the cache of yarn: of version 1, or of a later one that
// installs into node_modules and has its cache elsewhere.
func yarnCaches(p installStep) caches {
	var manifest struct{ PackageManager string }
	files, known := p.project("package.json")
	known = known && json.Unmarshal([]byte(files["package.json"]), &manifest) == nil
	version, given := strings.CutPrefix(manifest.PackageManager, "yarn@")
	dir, certain := p.dir("YARN_CACHE_FOLDER")
	switch {
	case p.any(changesYarn), !known && p.maybeBerry():
		return caches{}
	case !certain && p.env("YARN_CACHE_FOLDER"):
		return caches{}
	case known && (files.has(".yarnrc.yml") || files.hasDir(".yarn") || given && !strings.HasPrefix(version, "1.")):
		return berryCache(p, files, version)
	}
	if !certain {
		dir, certain = "/usr/local/share/.cache/yarn", p.isRoot()
	}
	if !p.isRootUser() {
		dir, certain = "~/.cache/yarn", false
	}
	plain := !strings.Contains(files[".yarnrc"], "-folder") && !strings.Contains(files[".yarnrc"], "yarn-path")
	return caches{dirs: []string{dir}, fixable: certain && known && plain}
}

// maybeBerry reports whether the stage may use Yarn 2 or later.
func (p installStep) maybeBerry() bool {
	return p.any(func(c call) bool { return c.words[0] == "corepack" || c.is("yarn") && c.has("--immutable") }) ||
		slices.ContainsFunc(p.view.below(p.stage), func(s *step) bool {
			return slices.ContainsFunc(s.sources(), func(name string) bool { return strings.HasPrefix(path.Base(name), ".yarn") })
		})
}

// berrySettings matches settings in .yarnrc.yml.
var berrySettings = lazily(`(?m)^(\w+):\s*["']?([^"'\s]*)`)

// berryCache returns the cache of Yarn 2 or later. There is none if the installed
// files may be in it, or if it may be in the project.
func berryCache(p installStep, files Files, version string) caches {
	settings := map[string]string{}
	for _, m := range berrySettings().FindAllStringSubmatch(files[".yarnrc.yml"], -1) {
		settings[m[1]] = m[2]
	}
	global := settings["enableGlobalCache"]
	if global == "" && strings.HasPrefix(version, "4.") {
		global = "true"
	}
	moved := settings["cacheFolder"]+settings["globalFolder"] != "" || p.env("YARN_CACHE_FOLDER")
	if settings["nodeLinker"] != "node-modules" || settings["nmMode"] == "hardlinks-global" || global != "true" || moved {
		return caches{}
	}
	return inHome("/.yarn/berry/cache")(p)
}

// changesYarn reports whether a call sets the version or an option of yarn.
func changesYarn(c call) bool {
	return c.is("yarn", "set") || c.is("yarn", "policies") || c.is("yarn", "config", "set") && !c.setsOnlyTimeoutOrRegistry() ||
		slices.ContainsFunc(c.words, func(w string) bool { return strings.HasPrefix(w, "yarn@") || w == "--global-folder" })
}

// setsOnlyTimeoutOrRegistry reports whether a call only sets a time, or the address of a registry.
func (c call) setsOnlyTimeoutOrRegistry() bool {
	return slices.ContainsFunc(c.words, func(w string) bool { return strings.Contains(w, "timeout") || strings.Contains(w, "registry") })
}
