package advice

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A projectInstaller installs the dependencies of a project together with the project,
// and can install them alone before.
type projectInstaller struct {
	// command is the installer, needs names its manifests, alone is the command that
	// installs the dependencies alone.
	command, needs, alone string
	// first is the manifest that has to exist. local matches parts of it that show that
	// dependencies are in the repository.
	first string
	local func() *regexp.Regexp
	// installs reports whether a call installs the project too.
	installs func(call) bool
}

var projectInstallers = []projectInstaller{
	{
		"poetry install", "pyproject.toml and poetry.lock", "poetry install --no-root", "pyproject.toml",
		localPackage,
		func(c call) bool { return !c.has("--no-root", "--only-root", "-C", "--directory", "-P", "--project") },
	},
	{
		"uv sync", "pyproject.toml and uv.lock", "uv sync --no-install-project", "pyproject.toml",
		localPackage,
		func(c call) bool {
			return !c.has("--no-install-project", "--no-install-workspace", "--no-sources", "--package", "--all-packages", "--directory", "--project", "--script", "--inexact")
		},
	},
	{
		"composer install", "composer.json and composer.lock", "composer install --no-scripts --no-autoloader", "composer.json",
		localLibrary,
		func(c call) bool { return !c.has("--no-autoloader", "-d", "--working-dir") },
	},
}

// projectInstallerOf returns the installer that a call runs.
func projectInstallerOf(c call) (projectInstaller, bool) {
	for _, p := range projectInstallers {
		if c.is(strings.Fields(p.command)...) && c.isKnown() && p.installs(c) {
			return p, true
		}
	}
	return projectInstaller{}, false
}

// projectFinding finds the install of a project below the i-th step, which copies the
// context to dest. There is no fix: it would need another command.
func (v *view) projectFinding(s stage, i int, dest string) []Finding {
	at, end := i+1, min(len(s.steps), i+maxStepsBelow)
	for at < end && s.steps[at].needsNothingIn(dest) {
		at++
	}
	if at == end || s.steps[at].script == nil || bindsManifests(s.steps[at]) {
		return nil
	}
	st := s.steps[at]
	first := slices.IndexFunc(st.script.calls, func(c call) bool { return !c.usesNoFiles(dest) })
	if first < 0 {
		return nil
	}
	call := st.script.calls[first]
	p, ok := projectInstallerOf(call)
	cwd := st.before.workdir
	if !ok || !isWithin(cwd, dest) || v.runsBefore(s, i, call.words[0]) {
		return nil
	}
	if files, known := v.files(); known && !p.alonePossible(files.under(strings.Trim(strings.TrimPrefix(cwd, dest), "/"))) {
		return nil
	}
	return []Finding{{
		Message: fmt.Sprintf("the whole context is copied before %s: each edit of any file installs the dependencies again", p.command),
		Hint:    fmt.Sprintf("copy %s first, run %s, then copy the rest and run %s", p.needs, p.alone, p.command),
		Range:   s.steps[i].Range(),
		Further: ranges(st),
	}}
}

// alonePossible reports whether the files of a directory show a project whose
// dependencies can be installed without it.
func (p projectInstaller) alonePossible(f Files) bool {
	return f.has(p.first) && !p.local().MatchString(f[p.first])
}

// runsBefore reports whether the stage, or one that it is built on, runs a command of
// a tool before the i-th step, which may have installed the dependencies.
func (v *view) runsBefore(s stage, i int, tool string) bool {
	return slices.ContainsFunc(v.before(s, i), func(st *step) bool {
		return st.script.any(func(c call) bool { return c.words[0] == tool && !c.has("--version") })
	})
}
