package advice

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
)

// manifestPatterns are the manifests at the top of the context.
var manifestPatterns = []string{
	"package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "pnpm-workspace.yaml",
	"bun.lock", "bun.lockb", "lerna.json", ".npmrc", ".yarnrc", ".yarnrc.yml", ".yarn/releases/*", ".yarn/patches/*",
	".yarn/plugins/*", ".pnpmfile.cjs", "patches/*", "prisma/schema.prisma",
	"*requirements*.txt", "*constraints*.txt", "Pipfile", "Pipfile.lock", "pyproject.toml", "poetry.lock", "poetry.toml", "uv.lock", "uv.toml",
	"go.mod", "go.sum", "go.work", "go.work.sum",
	"Gemfile", "Gemfile.lock", "*.gemspec", ".ruby-version", ".bundle/config",
	"Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml", ".cargo/*",
	"build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties", "gradle.lockfile", "gradlew", "gradle/*", "buildSrc/*", ".gradle/*",
	"composer.json", "composer.lock", "pom.xml", ".mvn/*", "mix.exs", "mix.lock", "apps/*/mix.exs",
	"*.sln", "*.slnx", "**/*.csproj", "**/*.fsproj", "**/*.vbproj", "nuget.config", "NuGet.config", "global.json", "Directory.Build.props", "Directory.Packages.props",
}

// named returns a function that lists the existing files of some names. The first
// of them has to exist.
func named(names ...string) func(Files, call) ([]string, bool) {
	return func(f Files, _ call) ([]string, bool) {
		var list []string
		for _, name := range names {
			if f.has(name) {
				list = append(list, name)
			}
		}
		return list, f.has(names[0])
	}
}

// apart is named for a project whose first manifest does not match local, which shows
// that dependencies are in the repository.
func apart(local func() *regexp.Regexp, names ...string) func(Files, call) ([]string, bool) {
	return func(f Files, c call) ([]string, bool) {
		list, ok := named(names...)(f, c)
		return list, ok && !local().MatchString(f[names[0]])
	}
}

// localPackage, localLibrary and localApp match dependencies in the repository, or
// several projects in it, in manifests of Python, PHP and Elixir.
var (
	localPackage = lazily(`\bpath\s*=|\bfile\s*=\s*["'][^"']*\.(whl|gz|zip)["']|@\s*file:|\bworkspace\b`)
	localLibrary = lazily(`"path"`)
	localApp     = lazily(`\b(path|apps_path|in_umbrella):`)
)

// installScripts are the scripts of a package that an install runs, besides the one
// named install.
var installScripts = []string{"preinstall", "postinstall", "preprepare", "prepare", "postprepare", "prepublish"}

// nodeManifests returns the manifests of a Node.js project. A workspace, or a
// package with install scripts, may need more files.
func nodeManifests(f Files, c call) ([]string, bool) {
	var manifest struct {
		Workspaces                                          json.RawMessage
		Scripts                                             map[string]string
		Dependencies, DevDependencies, OptionalDependencies map[string]string
	}
	if json.Unmarshal([]byte(f["package.json"]), &manifest) != nil || len(manifest.Workspaces) > 0 {
		return nil, false
	}
	if manifest.Scripts["install"] != "" || slices.ContainsFunc(installScripts, func(name string) bool { return manifest.Scripts[name] != "" }) {
		return nil, false
	}
	for _, list := range []map[string]string{manifest.Dependencies, manifest.DevDependencies, manifest.OptionalDependencies} {
		for _, version := range list {
			if strings.HasPrefix(version, "file:") || strings.HasPrefix(version, "link:") || strings.HasPrefix(version, ".") || strings.HasPrefix(version, "patch:") {
				return nil, false
			}
		}
	}
	if f.has("pnpm-workspace.yaml") || f.has("lerna.json") || f.hasDir("patches") || f.hasDir("prisma") || f.hasDir(".yarn") || f.has(".pnpmfile.cjs") {
		return nil, false
	}
	return named("package.json", lockFile(c, f), ".npmrc", ".yarnrc", ".yarnrc.yml")(f, c)
}

// lockFile returns the lock file that a package manager of Node.js reads.
func lockFile(c call, f Files) string {
	switch c.words[0] {
	case "yarn":
		return "yarn.lock"
	case "pnpm":
		return "pnpm-lock.yaml"
	case "bun":
		if f.has("bun.lock") {
			return "bun.lock"
		}
		return "bun.lockb"
	}
	if f.has("npm-shrinkwrap.json") {
		return "npm-shrinkwrap.json"
	}
	return "package-lock.json"
}

// goReplace matches a directive that takes a module from a directory.
var goReplace = lazily(`(?m)=>\s*\.{0,2}/`)

func goManifests(f Files, c call) ([]string, bool) {
	if f.has("go.work") || goReplace().MatchString(f["go.mod"]) {
		return nil, false
	}
	return named("go.mod", "go.sum")(f, c)
}

// localGem matches lines of a Gemfile that use gems, or lists of gems, from other
// files.
var localGem = lazily(`(?m)^\s*(gemspec|path\b|eval_gemfile|require_relative|instance_eval)|path:|:path|\bFile\.`)

func bundleManifests(f Files, c call) ([]string, bool) {
	if len(f.matching("*.gemspec")) > 0 || localGem().MatchString(f["Gemfile"]) {
		return nil, false
	}
	return named("Gemfile", "Gemfile.lock", ".ruby-version")(f, c)
}

func mavenManifests(f Files, c call) ([]string, bool) {
	if strings.Contains(f["pom.xml"], "<modules>") || strings.Contains(f["pom.xml"], "<relativePath>") || f.hasDir(".mvn") || c.words[0] == "mvnw" {
		return nil, false
	}
	return named("pom.xml")(f, c)
}

func dotnetManifests(f Files, _ call) ([]string, bool) {
	var list []string
	for name := range f {
		if ext := path.Ext(name); ext == ".csproj" || ext == ".fsproj" || ext == ".vbproj" {
			list = append(list, name)
		}
	}
	return list, len(list) == 1 && path.Dir(list[0]) == "." && len(f.matching("Directory.*")) == 0
}

// enumerate joins names for a message.
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
