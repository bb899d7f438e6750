package clients

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// A manager is a package manager for which CopyBeforeInstall or
// InstallWithoutCacheMount has a fix, and a stage that installs with it.
type manager struct {
	// tool is the program. Without an image, it is a script that keeps a package in
	// the folders, and reads and writes manifests.
	image, tool, folders, reads, writes string
	// env are variables, which the official image of the tool sets.
	env string
	// copies are the copies above the install, "COPY . ." by default.
	copies string
	run    string
	// cached is set if the fix keeps the install from running after an edit of a
	// source, unmounted if there is no cache mount for the tool.
	cached, unmounted bool
}

const (
	copySources = "COPY src ./src\nCOPY "
	npmSettings = "npm_config_registry=http://REGISTRY/npm/ npm_config_audit=false npm_config_update_notifier=false"
)

// managers are the package managers by the name of their stage.
var managers = map[string]manager{
	"npm": {image: "node:20-slim", tool: "npm", env: npmSettings, run: "npm ci", cached: true},
	"npmfiles": {
		image: "node:20-slim", tool: "npm", env: npmSettings, copies: copySources + "package*.json ./", run: "npm install", cached: true,
	},
	"pip": {
		image: "python:3.11-slim", tool: "pip", env: "PIP_INDEX_URL=http://REGISTRY/pip/ PIP_TRUSTED_HOST=REGISTRY",
		run: "pip install --no-compile --prefix=/app/installed -r /app/requirements.txt", cached: true,
	},
	"go": {image: "golang:1.26", tool: "go", env: "GOPROXY=http://REGISTRY/go GOSUMDB=off", run: "go mod download\nRUN go mod vendor", cached: true},

	"pnpm": {
		tool: "pnpm", folders: "${PNPM_HOME:-$HOME/.local/share/pnpm}/store/v10", reads: "package.json pnpm-lock.yaml",
		run: "pnpm install --frozen-lockfile", cached: true,
	},
	"pnpmhome": {
		tool: "pnpm", folders: "${PNPM_HOME:-$HOME/.local/share/pnpm}/store/v10", reads: "package.json pnpm-lock.yaml",
		env: "PNPM_HOME=/pnpm", run: "pnpm install --frozen-lockfile", cached: true,
	},
	"bun": {
		tool: "bun", folders: "${BUN_INSTALL_CACHE_DIR:-${BUN_INSTALL:-$HOME/.bun}/install/cache}", reads: "package.json bun.lock",
		run: "bun install --frozen-lockfile", cached: true,
	},
	"pipenv": {tool: "pipenv", folders: "$HOME/.cache/pipenv", reads: "Pipfile Pipfile.lock", run: "pipenv sync", cached: true, unmounted: true},
	"poetry": {
		tool: "poetry", folders: "${POETRY_CACHE_DIR:-$HOME/.cache/pypoetry}/cache ${POETRY_CACHE_DIR:-$HOME/.cache/pypoetry}/artifacts",
		reads: "pyproject.toml poetry.lock", run: "poetry install --no-root", cached: true,
	},
	"uv": {
		tool: "uv", folders: "${UV_CACHE_DIR:-$HOME/.cache/uv}", reads: "pyproject.toml uv.lock", writes: "uv.lock",
		copies: copySources + "pyproject.toml uv.lock ./", run: "uv sync --no-install-project", cached: true,
	},
	"bundle": {
		tool: "bundle", folders: "$GEM_HOME/cache", reads: "Gemfile Gemfile.lock", env: "GEM_HOME=/usr/local/bundle BUNDLE_APP_CONFIG=/usr/local/bundle",
		run: "bundle install", cached: true,
	},
	"composer": {
		tool: "composer", folders: "${COMPOSER_CACHE_DIR:-$COMPOSER_HOME/cache}/files", reads: "composer.json", writes: "composer.lock",
		env: "COMPOSER_HOME=/tmp", copies: copySources + "composer.* ./", run: "composer install --no-scripts --no-autoloader", cached: true,
	},
	"mix": {
		tool: "mix", folders: "${HEX_HOME:-$HOME/.hex}/packages/hexpm", reads: "mix.exs mix.lock", writes: "mix.lock",
		copies: copySources + "mix.exs mix.lock ./", run: "mix deps.get", cached: true,
	},
	"maven": {tool: "mvn", folders: "$HOME/.m2/repository", reads: "pom.xml", run: "mvn -B dependency:go-offline\nRUN mvn package", cached: true},
	"mvnw":  {tool: "mvnw", folders: "$HOME/.m2/repository $HOME/.m2/wrapper/dists", reads: "pom.xml", run: "./mvnw -B package"},
	"cargo": {
		tool: "cargo", folders: "${CARGO_HOME:-$HOME/.cargo}/registry/cache ${CARGO_HOME:-$HOME/.cargo}/git/db", reads: "Cargo.toml Cargo.lock",
		env: "CARGO_HOME=/usr/local/cargo", run: "cargo fetch --locked\nRUN cargo build --release", cached: true,
	},
	"gradle": {tool: "gradle", folders: "${GRADLE_USER_HOME:-$HOME/.gradle}/caches/modules-2", reads: "build.gradle", run: "gradle dependencies\nRUN gradle build", cached: true},
	"gradlew": {
		tool: "gradlew", folders: "${GRADLE_USER_HOME:-$HOME/.gradle}/caches/modules-2 ${GRADLE_USER_HOME:-$HOME/.gradle}/wrapper/dists",
		reads: "build.gradle gradle/wrapper/gradle-wrapper.properties", run: "./gradlew dependencies\nRUN ./gradlew build", cached: true,
	},
	"dotnet": {tool: "dotnet", folders: "$HOME/.nuget/packages", reads: "app.csproj", run: "dotnet restore\nRUN dotnet build"},
	"apt": {
		tool: "apt-get", folders: "/var/cache/apt/archives /var/lib/apt/lists", env: "REVISION=first", copies: "WORKDIR /app",
		run: "apt-get update && apt-get install -y PACKAGE", cached: true,
	},
}

// yarn and berry, its later versions, have projects of their own: npm would write
// to yarn.lock.
var (
	yarn = map[string]manager{
		"yarn": {
			tool: "yarn", folders: "${YARN_CACHE_FOLDER:-/usr/local/share/.cache/yarn}/v6", reads: "package.json yarn.lock",
			run: "yarn install --frozen-lockfile", cached: true,
		},
	}
	berry = map[string]manager{
		"berry": {
			tool: "yarn", folders: "$HOME/.yarn/berry/cache", reads: "package.json yarn.lock .yarnrc.yml",
			run: "yarn install --immutable", cached: true,
		},
	}
)

// program is the script of the tools. It downloads the package of the manifests, or
// of its arguments, unless the folders have it.
const program = `FROM busybox AS base
COPY <<EOF /etc/apt/apt.conf.d/docker-clean
EOF
COPY --chmod=755 <<"EOF" /bin/manager
set -e
tool=${0##*/}
manifests="$* $(cat $reads </dev/null)"
package=$(echo "$manifests" | grep -o 'dep-[0-9-]*' | head -n 1)
for folder in $folders; do
    test -n "$package" || continue
    mkdir -p $folder installed
    test -e $folder/$package || wget -q -O $folder/$package http://REGISTRY/$tool/$package
    cp $folder/$package installed/
    test $tool != apt-get || test ! -e /etc/apt/apt.conf.d/docker-clean || rm $folder/*
done
test -z "$writes" || test -e installed/$writes || echo $package | tee -a $writes > installed/$writes
EOF
WORKDIR /app
`

// stage returns the instructions of the stage.
func (m manager) stage(name string) string {
	from, env, copies := m.image, "", m.copies
	if m.env != "" {
		env = "ENV " + m.env + "\n"
	}
	if copies == "" {
		copies = "COPY . ."
	}
	if from == "" {
		from = "base"
		env += fmt.Sprintf("COPY --chmod=755 <<\"EOF\" /bin/%s\n#!/bin/sh\nfolders=%q reads=%q writes=%q\n. /bin/manager\nEOF\n", m.tool, m.folders, m.reads, m.writes)
	}
	return fmt.Sprintf("FROM %s AS %s\n%sWORKDIR /app\n%s\nRUN %s\n", from, name, env, copies, m.run)
}

// managed is a project of several package managers.
type managed struct {
	*scenario.Project
	managers map[string]manager
	packages *packages
}

func newManaged(t *testing.T, managers map[string]manager, change func(scenario.Files)) managed {
	t.Helper()
	packages := servePackages(t, "dep-"+scenario.Unique())
	text, last := program, "FROM scratch\n"
	for _, name := range slices.Sorted(maps.Keys(managers)) {
		text += managers[name].stage(name)
		last += "COPY --from=" + name + " /app /" + name + "\n"
	}
	files := packages.project(t)
	change(files)
	host := strings.TrimPrefix(packages.URL, "http://")
	files["Dockerfile"] = strings.NewReplacer("REGISTRY", host, "PACKAGE", packages.name).Replace(text + last)
	p := scenario.New(t, files)
	for _, script := range []string{"mvnw", "gradlew"} {
		p.Chmod(script, 0o755)
	}
	return managed{p, managers, packages}
}

// build builds, and calls f for each install with the number of downloads by its
// tool.
func (m managed) build(t *testing.T, f func(m manager, install *buildrun.Step, downloads int), exports ...buildrun.Export) {
	t.Helper()
	before := m.packages.counts()
	report, err := m.Try(scenario.Shared(t), func(b *buildrun.Build) {
		b.Exports = exports
		// Without it, the mounts are those of all builds with the same targets, which
		// may empty them with --no-cache.
		b.Args = map[string]string{"BUILDKIT_CACHE_MOUNT_NS": m.packages.name}
	})
	if err != nil {
		t.Fatalf("%v\n%s%s", err, report, report.Logs())
	}
	counts := m.packages.counts()
	for name, manager := range m.managers {
		f(manager, installStep(t, report, name), counts[manager.tool]-before[manager.tool])
	}
}

// installStep returns the first RUN of a stage.
func installStep(t *testing.T, report *buildrun.Report, stage string) *buildrun.Step {
	t.Helper()
	for _, s := range report.Instructions() {
		if strings.HasPrefix(s.Name, "["+stage+" ") && strings.HasPrefix(s.Instruction(), "RUN ") {
			return s
		}
	}
	t.Fatalf("%s does not install:\n%s", stage, report)
	return nil
}

// TestFixesOfPackageManagers builds before and after the fixes of CopyBeforeInstall
// and InstallWithoutCacheMount. After them the files are the same, an edit of a
// source leaves the installs cached, and after a change of the manifests nothing is
// downloaded a second time.
func TestFixesOfPackageManagers(t *testing.T) {
	for name, p := range map[string]managed{
		"all but yarn": newManaged(t, managers, func(f scenario.Files) { delete(f, "yarn.lock") }),
		"yarn":         newManaged(t, yarn, func(scenario.Files) {}),
		"berry":        newManaged(t, berry, func(f scenario.Files) { f[".yarnrc.yml"] = "nodeLinker: node-modules\nenableGlobalCache: true\n" }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.Project = p.With(t)
			p.checkFixes(t)
		})
	}
}

func (m managed) checkFixes(t *testing.T) {
	before, after := t.TempDir(), t.TempDir()
	m.build(t, func(m manager, s *buildrun.Step, downloads int) {
		if !s.Ran() || downloads == 0 {
			t.Errorf("before the fix, %s: %d downloads", s, downloads)
		}
	}, buildrun.Local(before))
	gitApply(t, m.Project, fixJSON(t, m.Project).Diff)
	if answer := fixJSON(t, m.Project); answer.Diff != "" {
		t.Errorf("fixed again:\n%s", answer.Diff)
	}
	m.lockMounts()
	m.build(t, func(manager, *buildrun.Step, int) {}, buildrun.Local(after))
	scenario.SameFiles(t, after, before)
	m.Write("src/a.txt", "b")
	m.build(t, func(m manager, s *buildrun.Step, downloads int) {
		if s.Cached != m.cached || downloads > 0 {
			t.Errorf("after an edit of a source, %s: %d downloads", s, downloads)
		}
	})
	m.changeManifests(t)
	m.build(t, func(m manager, s *buildrun.Step, downloads int) {
		if !s.Ran() || downloads > 0 && !m.unmounted {
			t.Errorf("after a change of the manifests, %s: %d downloads", s, downloads)
		}
	})
}

// lockMounts locks all cache mounts of the fixes. While the shared daemon measures a mount,
// a step gets an empty one, except if it has to wait for the other.
func (m managed) lockMounts() {
	locked := strings.NewReplacer(",sharing=locked", "", "--mount=type=cache,", "--mount=type=cache,sharing=locked,")
	m.Write("Dockerfile", locked.Replace(m.Read("Dockerfile")))
}

func (m managed) changeManifests(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.Contains(m.Read(e.Name()), "first") {
			m.Replace(e.Name(), "first", "second")
		}
	}
}
