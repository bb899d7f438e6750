package advice

import (
	"slices"
	"strings"
)

// An installer installs the dependencies of a project from its manifests.
type installer struct {
	tool string
	// command is the installer's name in messages, needs names its manifests. first
	// is the manifest that has to exist, empty if the call names the manifests.
	command, needs, first string
	// installs reports whether a call installs from manifests and needs no other
	// files of the project.
	installs func(call) bool
	// exact reports whether a call leaves the manifests, and other files of their
	// directory, unchanged.
	exact func(call, Files) bool
	// manifests returns the existing manifests. ok is false if the install may need
	// more files.
	manifests func(Files, call) (list []string, ok bool)
}

func always(call, Files) bool { return true }
func never(call, Files) bool  { return false }

// installers are all installers that the checks know.
var installers = []installer{
	{"node", "npm ci", "package.json and package-lock.json", "package.json", isNpmCi, keepsYarnLock, nodeManifests},
	{"node", "npm install", "package.json and the lock file", "package.json", isNpmInstall, never, nodeManifests},
	{"node", "yarn install", "package.json and yarn.lock", "package.json", isYarnInstall, frozen, nodeManifests},
	{"node", "pnpm install", "package.json and pnpm-lock.yaml", "package.json", isPnpmInstall, frozen, nodeManifests},
	{"node", "bun install", "package.json and the lock file", "package.json", isBunInstall, frozen, nodeManifests},
	{"python", "pip install -r", "the requirements", "", isPipRequirements, always, pipManifests},
	{"python", "uv pip install -r", "the requirements", "", isUvRequirements, always, uvPipManifests},
	{"python", "pipenv install", "Pipfile and Pipfile.lock", "Pipfile", isPipenv, func(c call, _ Files) bool { return c.has("--deploy", "sync") }, apart(localPackage, "Pipfile", "Pipfile.lock")},
	{"python", "poetry install --no-root", "pyproject.toml and poetry.lock", "pyproject.toml", isPoetry, always, apart(localPackage, "pyproject.toml", "poetry.lock", "poetry.toml")},
	{"python", "uv sync --no-install-project", "pyproject.toml and uv.lock", "pyproject.toml", isUvSync, never, apart(localPackage, "pyproject.toml", "uv.lock", "uv.toml")},
	{"go", "go mod download", "go.mod and go.sum", "go.mod", func(c call) bool { return c.is("go", "mod", "download") && len(c.operands()) == 2 }, always, goManifests},
	{"ruby", "bundle install", "Gemfile and Gemfile.lock", "Gemfile", isBundle, keepsGemLock, bundleManifests},
	{"php", "composer install --no-scripts", "composer.json and composer.lock", "composer.json", isComposer, never, apart(localLibrary, "composer.json", "composer.lock")},
	{"maven", "mvn dependency:go-offline", "pom.xml", "pom.xml", isMavenOffline, always, mavenManifests},
	{"dotnet", "dotnet restore", "the project files", "", isDotnetRestore, never, dotnetManifests},
	{"rust", "cargo fetch", "Cargo.toml and Cargo.lock", "Cargo.toml", isCargoFetch, locked, cargoManifests},
	{"gradle", "gradle dependencies", "the build scripts", "build.gradle", isGradleDependencies, keepsGradleFiles, gradleManifests},
	{"elixir", "mix deps.get", "mix.exs and mix.lock", "mix.exs", func(c call) bool { return c.is("mix", "deps.get") }, never, apart(localApp, "mix.exs", "mix.lock")},
}

// needsContextFiles reports whether only the files of the context show if the manifests are
// enough.
func (i installer) needsContextFiles() bool { return i.tool == "rust" || i.tool == "gradle" }

// installerOf returns the installer that a call runs.
func installerOf(c call) (installer, bool) {
	for _, i := range installers {
		if i.installs(c) {
			return i, c.isKnown()
		}
	}
	return installer{}, false
}

// installsOther reports whether another call installs from other manifests than a call.
func (c call) installsOther(other call) bool {
	if _, installs := installerOf(other); !installs {
		return false
	}
	p, _ := c.pipInstall()
	q, _ := other.pipInstall()
	return c.words[0] != other.words[0] || !slices.Equal(p.names(), q.names())
}

// isElsewhere reports whether a call has an option by which package managers of
// Node.js work on more than the project in the working directory, or on an existing
// installation.
func isElsewhere(c call) bool {
	return c.has("--prefix", "-w", "--workspace", "--workspaces", "-ws", "--cwd", "-C", "--dir", "--filter", "-F",
		"-r", "--recursive", "-g", "--global", "--offline", "--prefer-offline", "--focus", "--location", "--package-lock-only", "--mode", "-D", "-S", "--save", "--save-dev")
}

func isNpmCi(c call) bool {
	return (c.is("npm", "ci") || c.is("npm", "clean-install")) && len(c.operands()) == 1 && !isElsewhere(c)
}

func isNpmInstall(c call) bool {
	return (c.is("npm", "install") || c.is("npm", "i")) && len(c.operands()) == 1 && !isElsewhere(c)
}

func isYarnInstall(c call) bool {
	operands := slices.DeleteFunc(c.operands(), isNumber)
	if c.words[0] != "yarn" || isElsewhere(c) || c.has("--version", "-v", "--help", "-h") {
		return false
	}
	return len(operands) == 0 || len(operands) == 1 && operands[0] == "install"
}

func isPnpmInstall(c call) bool {
	return (c.is("pnpm", "install") || c.is("pnpm", "i")) && len(c.operands()) == 1 && !isElsewhere(c)
}

func isBunInstall(c call) bool {
	return (c.is("bun", "install") || c.is("bun", "i")) && len(c.operands()) == 1 && !isElsewhere(c)
}

func frozen(c call, _ Files) bool { return c.has("--frozen-lockfile", "--immutable") }

// keepsYarnLock reports whether npm ci finds no lock file of yarn, which it updates.
func keepsYarnLock(_ call, f Files) bool { return !f.has("yarn.lock") }

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func isPipenv(c call) bool {
	return (c.is("pipenv", "install") || c.is("pipenv", "sync")) && len(c.operands()) == 1 && !c.has("-e", "--editable", "-r", "--requirements")
}

func isPoetry(c call) bool {
	return c.is("poetry", "install") && c.has("--no-root") && !c.has("-C", "--directory", "-P", "--project")
}

func isUvSync(c call) bool {
	return c.is("uv", "sync") && c.has("--no-install-project", "--no-install-workspace") && !c.has("--package", "--all-packages", "--directory", "--project", "--script")
}

func isBundle(c call) bool {
	return (c.is("bundle", "install") || c.is("bundle") && len(c.operands()) == 0) && !c.has("--local", "--gemfile", "--version", "-v")
}

// linuxPlatform matches a platform in a Gemfile.lock.
var linuxPlatform = lazily(`(?m)^  [\w-]*linux[\w-]*\r?$`)

// keepsGemLock reports whether bundle does not add the platform to the lock file.
func keepsGemLock(c call, f Files) bool {
	return !f.has("Gemfile.lock") || linuxPlatform().MatchString(f["Gemfile.lock"]) || c.has("--frozen", "--deployment")
}

func isComposer(c call) bool {
	return c.is("composer", "install") && c.has("--no-scripts") && c.has("--no-autoloader") && !c.has("-d", "--working-dir")
}

func isMavenOffline(c call) bool {
	goals := c.operands()
	return (c.words[0] == "mvn" || c.words[0] == "mvnw") && len(goals) == 1 && !c.has("-f", "--file", "-pl", "-P") &&
		(goals[0] == "dependency:go-offline" || goals[0] == "dependency:resolve")
}

func isDotnetRestore(c call) bool {
	return c.is("dotnet", "restore") && len(c.operands()) == 1 && !c.has("--source", "-s", "--configfile", "-r", "--runtime")
}
