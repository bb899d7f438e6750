package advice

import (
	"slices"
	"strings"
)

// A cacher is a package manager, or a compiler, with a cache.
type cacher struct {
	tool string
	// installs reports whether a call downloads the dependencies of a project.
	installs func(call) bool
	// targets returns the directories of the cache for root.
	targets func(state) []string
	// off are variables with which the user turns the cache off, moves are
	// variables that move it.
	off, moves []string
	// home is the variable that names the directory of the cache.
	home string
	// editable is set if targets are certain. shared is set if later commands need
	// the files in the cache: then every call gets the mount.
	editable, shared bool
}

func at(targets ...string) func(state) []string { return func(state) []string { return targets } }

var cachers = []cacher{
	{
		tool: "npm", installs: func(c call) bool { return isNpmCi(c) || isNpmInstall(c) }, targets: at("/root/.npm"),
		moves: []string{"npm_config_cache", "NPM_CONFIG_CACHE"}, editable: true,
	},
	{tool: "yarn", installs: isYarnInstall, targets: at("/usr/local/share/.cache/yarn"), moves: []string{"YARN_CACHE_FOLDER"}},
	{tool: "pnpm", installs: isPnpmInstall, targets: pnpmStore, moves: []string{"PNPM_STORE_DIR", "npm_config_store_dir"}},
	{
		tool: "bun", installs: isBunInstall, targets: at("/root/.bun/install/cache"),
		moves: []string{"BUN_INSTALL", "BUN_INSTALL_CACHE_DIR"}, editable: true,
	},
	{
		tool: "pip", installs: isPipProject, targets: at("/root/.cache/pip"),
		off: []string{"PIP_NO_CACHE_DIR"}, moves: []string{"PIP_CACHE_DIR"}, editable: true,
	},
	{
		tool: "uv", installs: func(c call) bool { return c.is("uv", "sync") }, targets: at("/root/.cache/uv"),
		off: []string{"UV_NO_CACHE"}, moves: []string{"UV_CACHE_DIR"}, editable: true,
	},
	{tool: "poetry", installs: func(c call) bool { return c.is("poetry", "install") }, targets: at("/root/.cache/pypoetry/cache", "/root/.cache/pypoetry/artifacts"), moves: []string{"POETRY_CACHE_DIR"}},
	{
		tool: "go", installs: isGoBuild, targets: goCaches, shared: true,
		home: "GOPATH", moves: []string{"GOCACHE", "GOMODCACHE", "GOFLAGS"}, editable: true,
	},
	{tool: "cargo", installs: isCargoBuild, targets: cargoCaches, moves: []string{"CARGO_TARGET_DIR"}},
	{tool: "mvn", installs: isMavenBuild, targets: at("/root/.m2/repository"), shared: true, moves: []string{"MAVEN_OPTS", "MAVEN_ARGS"}, editable: true},
	{tool: "mvnw", installs: isMavenBuild, targets: at("/root/.m2"), shared: true},
	{tool: "gradle", installs: isGradleBuild, targets: at("/root/.gradle"), moves: []string{"GRADLE_USER_HOME"}},
	{tool: "gradlew", installs: isGradleBuild, targets: at("/root/.gradle"), moves: []string{"GRADLE_USER_HOME"}},
	{
		tool: "dotnet", installs: func(c call) bool { return c.is("dotnet", "restore") }, targets: at("/root/.nuget/packages"), shared: true,
		moves: []string{"NUGET_PACKAGES"}, editable: true,
	},
}

func pnpmStore(s state) []string {
	if home := s.vars.lookup("PNPM_HOME"); home != nil && strings.HasPrefix(home.value, "/") {
		return []string{home.value + "/store"}
	}
	return []string{"/root/.local/share/pnpm/store"}
}

// isPipProject reports whether pip installs from requirements. Packages that the
// Dockerfile names are downloaded again only when it changes.
func isPipProject(c call) bool {
	p, ok := parsePip(c)
	return c.is("pip", "install") && ok && len(p.files) > 0 && !c.has("-t", "--target")
}

func goCaches(s state) []string {
	gopath := "/go"
	if v := s.vars.lookup("GOPATH"); v != nil && strings.HasPrefix(v.value, "/") && !strings.Contains(v.value, ":") {
		gopath = v.value
	}
	return []string{gopath + "/pkg/mod", "/root/.cache/go-build"}
}

func isGoBuild(c call) bool {
	if c.is("go", "mod", "download") {
		return true
	}
	remote := slices.ContainsFunc(c.words, func(w string) bool { return strings.Contains(w, "@") })
	return (c.is("go", "build") || c.is("go", "install")) && !remote && c.isKnown()
}

func cargoCaches(s state) []string {
	home := "/usr/local/cargo"
	if v := s.vars.lookup("CARGO_HOME"); v != nil && strings.HasPrefix(v.value, "/") {
		home = v.value
	}
	return []string{home + "/registry", home + "/git/db"}
}

func isCargoBuild(c call) bool {
	return c.is("cargo", "build") || c.is("cargo", "fetch") || c.is("cargo", "chef", "cook") || c.is("cargo", "install") && c.has("--path")
}

var mavenGoals = []string{"package", "install", "verify", "compile", "dependency:go-offline", "dependency:resolve", "deploy"}

func isMavenBuild(c call) bool {
	return slices.ContainsFunc(c.operands(), func(w string) bool { return slices.Contains(mavenGoals, w) }) && !c.has("-o")
}

var gradleTasks = []string{"build", "assemble", "bootJar", "shadowJar", "installDist", "jar", "war", "bootWar", "dependencies", "distTar", "distZip"}

func isGradleBuild(c call) bool {
	return slices.ContainsFunc(c.operands(), func(w string) bool { return slices.Contains(gradleTasks, strings.TrimPrefix(w, ":")) })
}
