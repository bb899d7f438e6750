package advice

import (
	"slices"
	"strings"
)

// A cachingTool is a package manager, or a compiler, with a cache.
type cachingTool struct {
	tool string
	// installs reports whether a call downloads the dependencies of a project.
	installs func(call) bool
	// caches returns the directories of the cache.
	caches func(installStep) caches
	// off are variables with which the user turns the cache off, moves are
	// variables that move it to a directory that is not looked at.
	off, moves []string
	// shared is set if later commands need the files in the cache: then every call
	// gets the mount.
	shared bool
	// locked is set if two commands must not use the cache at once.
	locked bool
}

var cachingTools = []cachingTool{
	{
		tool: "npm", installs: func(c call) bool { return isNpmCi(c) || isNpmInstall(c) }, caches: npmCache,
		moves: []string{"npm_config_cache", "NPM_CONFIG_CACHE"},
	},
	{
		tool: "yarn", installs: isYarnInstall, caches: yarnCaches, locked: true,
		moves: []string{"YARN_GLOBAL_FOLDER", "YARN_ENABLE_GLOBAL_CACHE", "YARN_NODE_LINKER", "YARN_NM_MODE"},
	},
	{
		tool: "pnpm", installs: isPnpmInstall, caches: pnpmStore,
		moves: []string{"PNPM_STORE_DIR", "npm_config_store_dir", "NPM_CONFIG_STORE_DIR", "pnpm_config_store_dir"},
	},
	{
		tool: "bun", installs: isBunInstall, caches: inHome("/.bun/install/cache"),
		moves: []string{"BUN_INSTALL", "BUN_INSTALL_CACHE_DIR"},
	},
	{
		tool: "pip", installs: isPipProject, caches: inHome("/.cache/pip"),
		off: []string{"PIP_NO_CACHE_DIR"}, moves: []string{"PIP_CACHE_DIR"},
	},
	{
		tool: "uv", installs: isUvProject, caches: uvCache,
		off: []string{"UV_NO_CACHE"}, moves: []string{"UV_CACHE_DIR"},
	},
	{tool: "poetry", installs: func(c call) bool { return c.is("poetry", "install") }, caches: poetryCaches, locked: true},
	{tool: "conda", installs: isCondaProject, caches: condaPackages},
	{
		tool: "go", installs: isGoBuild, caches: goCaches, shared: true,
		moves: []string{"GOCACHE", "GOMODCACHE", "GOFLAGS"},
	},
	{
		tool: "cargo", installs: isCargoBuild, caches: below("CARGO_HOME", "/.cargo", "/registry", "/git/db"), shared: true, locked: true,
		moves: []string{"CARGO_TARGET_DIR"},
	},
	{tool: "mvn", installs: isMavenBuild, caches: inHome("/.m2/repository"), shared: true, moves: []string{"MAVEN_OPTS", "MAVEN_ARGS"}},
	{
		tool: "mvnw", installs: isMavenBuild, caches: inHome("/.m2/repository", "/.m2/wrapper"), shared: true,
		moves: []string{"MAVEN_OPTS", "MAVEN_ARGS", "MAVEN_USER_HOME"},
	},
	{tool: "gradle", installs: isGradleBuild, caches: gradleCaches("/caches"), shared: true, locked: true},
	{tool: "gradlew", installs: isGradleBuild, caches: gradleCaches("/caches", "/wrapper"), shared: true, locked: true},
	{
		tool: "dotnet", installs: func(c call) bool { return c.is("dotnet", "restore") }, caches: inHome("/.nuget/packages"), shared: true,
		moves: []string{"NUGET_PACKAGES"},
	},
	{tool: "bundle", installs: isBundle, caches: gemCache, locked: true},
	{tool: "composer", installs: func(c call) bool { return c.is("composer", "install") }, caches: composerCache},
	{
		tool: "mix", installs: func(c call) bool { return c.is("mix", "deps.get") }, caches: below("HEX_HOME", "/.hex", "/packages"),
		moves: []string{"MIX_XDG"},
	},
}

func isCondaProject(c call) bool {
	return (c.is("conda", "env", "create") || c.is("conda", "env", "update")) && !c.has("--offline", "--dry-run")
}

func isGoBuild(c call) bool {
	if c.is("go", "mod", "download") {
		return true
	}
	return (c.is("go", "build") || c.is("go", "install") && !c.isRemoteInstall()) && c.isKnown()
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
	return slices.ContainsFunc(c.operands(), func(w string) bool { return slices.Contains(gradleTasks, strings.TrimPrefix(w, ":")) }) &&
		!c.has("-g", "--gradle-user-home")
}
