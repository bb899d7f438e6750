package advice

import (
	"slices"
	"strings"
)

// isCargoFetch reports whether a call is cargo fetch, which compiles nothing.
func isCargoFetch(c call) bool {
	operands := len(c.operands())
	return c.is("cargo", "fetch") && (operands == 1 || operands == 2 && c.has("--target")) &&
		!c.has("--manifest-path", "--offline", "--frozen", "--config", "-C", "-Z")
}

func locked(c call, _ Files) bool { return c.has("--locked") }

var (
	// cargoTable matches the first line of a table of Cargo.toml.
	cargoTable = lazily(`(?m)^[ \t]*\[+([\w.-]+).*$`)
	cargoPath  = lazily(`\bpath\s*=`)
)

// cargoManifests returns the manifests of a package. Cargo looks for a target
// without a path, and for a dependency with a path, in other files.
func cargoManifests(f Files, c call) ([]string, bool) {
	text := f["Cargo.toml"]
	if strings.Contains(text, "workspace") || f.hasDir(".cargo") {
		return nil, false
	}
	tables := cargoTable().FindAllStringSubmatchIndex(text, -1)
	end := len(text)
	for _, m := range slices.Backward(tables) {
		isTarget := slices.Contains([]string{"lib", "bin", "test", "bench", "example"}, text[m[2]:m[3]])
		if isTarget != cargoPath().MatchString(text[m[1]:end]) {
			return nil, false
		}
		end = m[0]
	}
	return named("Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "rust-toolchain")(f, c)
}

// cargoTarget matches a target that Cargo needs not look for.
var cargoTarget = lazily(`(?m)^[ \t]*\[+(lib|bin)\b`)

// cargoStub returns the source without which Cargo finds no target in a package.
func cargoStub(f Files) string {
	if cargoTarget().MatchString(f["Cargo.toml"]) {
		return ""
	}
	return "src/main.rs"
}

// isGradleDependencies reports whether a call resolves the dependencies of the
// project in the working directory, and does nothing else.
func isGradleDependencies(c call) bool {
	return (c.is("gradle", "dependencies") || c.is("gradlew", "dependencies")) && len(c.operands()) == 1 &&
		!c.has("-p", "--project-dir", "-b", "--build-file", "-c", "--settings-file", "-I", "--init-script", "--include-build", "--offline")
}

func keepsGradleFiles(c call, f Files) bool {
	return !c.has("--write-locks", "--write-verification-metadata", "-M") && !f.hasDir(".gradle")
}

// gradleFiles matches parts of build scripts that use other files, projects or
// programs.
var gradleFiles = lazily(`\b(include\w*|project|[fF]iles?|fileTree|read\w+|exec\w*|commandLine)\b\s*[('"{]|\bapply\s*\(?\s*from\b|\.text\b|\b(projectDir|rootDir)\b`)

// gradleManifests returns the build scripts of a single project, and the files in
// the directory of the wrapper.
func gradleManifests(f Files, c call) ([]string, bool) {
	names := []string{"build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "gradle.properties", "gradle.lockfile"}
	for _, name := range names[:4] {
		if gradleFiles().MatchString(f[name]) {
			return nil, false
		}
	}
	if f.hasDir("buildSrc") || f.has(names[0]) == f.has(names[1]) || c.words[0] == "gradlew" && (!f.has("gradlew") || !f.hasDir("gradle/wrapper")) {
		return nil, false
	}
	if c.words[0] == "gradlew" {
		names = append(names, "gradlew")
	}
	list := slices.DeleteFunc(names, func(name string) bool { return !f.has(name) })
	return append(list, slices.Concat(f.matching("gradle/*"), f.matching("gradle/*/*"))...), true
}
