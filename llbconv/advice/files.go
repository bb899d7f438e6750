package advice

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Files maps the paths of files of the build context to their content. Paths have
// slashes and no leading slash. The content is empty if it is not known.
type Files map[string]string

// Patterns select files of the build context. They have the syntax of an ignore file.
type Patterns struct {
	// Listed are the files that the checks look for, except for those that NotListed
	// matches. Read are the files whose content the checks read.
	Listed, NotListed, Read []string
}

// PatternsIn returns the patterns of a build that installs packages in directories of
// the context, apart from its top.
func PatternsIn(dirs []string) Patterns {
	return Patterns{
		Listed: inEach(dirs, slices.Concat(manifestPatterns, secretPatterns, []string{
			".git/HEAD", "node_modules/*", "target/*", ".venv/*", "venv/*",
		})),
		NotListed: inEach(dirs, []string{"node_modules/*/*", "target/*/*", ".gradle/*/*", ".venv/*/*", "venv/*/*", "**/node_modules/**/.env*", "**/node_modules/**/*.pem"}),
		Read: inEach(dirs, []string{
			"package.json", "*requirements*.txt", "*constraints*.txt", "go.mod", "Gemfile", "Gemfile.lock", "pom.xml", "pyproject.toml", "uv.toml",
			"Pipfile", "composer.json", "mix.exs",
			"Cargo.toml", "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts",
			"pnpm-workspace.yaml", ".yarnrc", ".yarnrc.yml", "**/.npmrc", "**/*.pem",
		}),
	}
}

// inEach adds the patterns of the top of the context for some directories.
func inEach(dirs, patterns []string) []string {
	list := slices.Clone(patterns)
	for _, dir := range dirs {
		for _, p := range patterns {
			if !strings.HasPrefix(p, "**/") {
				list = append(list, path.Join(dir, p))
			}
		}
	}
	return list
}

// has reports whether a file exists.
func (f Files) has(name string) bool {
	_, ok := f[name]
	return ok
}

// hasDir reports whether a directory contains a file.
func (f Files) hasDir(name string) bool {
	for file := range f {
		if strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

// matching returns the files of a directory whose names match a pattern of package
// path.
func (f Files) matching(pattern string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if ok, _ := path.Match(pattern, name); ok {
			list = append(list, name)
		}
	}
	return list
}

// under returns the files of a directory, by their path in it.
func (f Files) under(dir string) Files {
	if dir == "" {
		return f
	}
	inside := Files{}
	for name, content := range f {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			inside[rest] = content
		}
	}
	return inside
}
