package advice

import (
	"path"
	"slices"
	"strings"
)

// pipArgs are the arguments of pip install, or of uv pip install.
type pipArgs struct{ files, constraints, packages []string }

// names returns the names of all files.
func (p pipArgs) names() []string { return slices.Concat(p.files, p.constraints) }

// pipOptions are options of pip and of uv pip that take the next word as their value.
var pipOptions = []string{
	"-i", "--index-url", "--extra-index-url", "--trusted-host", "--timeout", "--default-timeout", "--retries",
	"--prefix", "--root", "-t", "--target", "--platform", "--python-version", "--progress-bar", "--cache-dir",
	"--no-binary", "--only-binary", "--root-user-action", "--upgrade-strategy", "--proxy", "--log", "--src",
	"--abi", "--implementation", "--report", "-C", "--config-setting", "--config-settings",
	"-p", "--python", "--index", "--default-index", "--index-strategy", "--link-mode", "--resolution", "--prerelease",
	"--exclude-newer", "--python-platform", "--keyring-provider", "--torch-backend", "--allow-insecure-host",
	"-P", "--upgrade-package", "--reinstall-package", "--refresh-package", "--no-build-package", "--no-binary-package",
	"--fork-strategy", "--python-preference", "--color",
}

// pipReaders are options of pip and of uv pip that name directories or further files.
var pipReaders = []string{
	"-e", "--editable", "-f", "--find-links", "--no-index", "--group", "--extra", "-b", "--build-constraint",
	"--build-constraints", "--cert", "--client-cert", "--override", "--overrides", "--excludes", "--project", "--directory", "--config-file",
}

// indexOptions are options that name an index of packages, by a URL or a directory.
var indexOptions = []string{"-i", "--index-url", "--extra-index-url", "--index", "--default-index"}

func isLocalIndex(value string) bool {
	return strings.HasPrefix(value, ".") || strings.HasPrefix(value, "/") || strings.HasPrefix(value, "file:")
}

// pipInstall parses the arguments of pip install and of uv pip install. ok is false for
// another call, and if there are options by which it may read other files.
func (c call) pipInstall() (p pipArgs, ok bool) {
	verb := 0
	switch {
	case c.is("pip", "install"):
		verb = 1
	case c.is("uv", "pip", "install"):
		verb = 2
	default:
		return p, false
	}
	words := c.words[1:]
	for i := 0; i < len(words); i++ {
		name, value, joined := splitOption(words[i])
		takesNext := !joined && i+1 < len(words)
		if takesNext {
			value = words[i+1]
		}
		switch {
		case !strings.HasPrefix(name, "-"):
			p.packages = append(p.packages, words[i])
			continue
		case slices.Contains([]string{"-r", "--requirement", "--requirements"}, name):
			p.files = append(p.files, value)
		case slices.Contains([]string{"-c", "--constraint", "--constraints"}, name):
			p.constraints = append(p.constraints, value)
		case slices.Contains(pipReaders, name), slices.Contains(indexOptions, name) && isLocalIndex(value):
			return p, false
		case !slices.Contains(pipOptions, name):
			takesNext = false
			if isGroup := joined && !strings.HasPrefix(name, "--"); isGroup && strings.Trim(words[i], "-Uqvn") != "" {
				return p, false // such as -Ur, which takes a value
			}
		}
		if takesNext {
			i++
		}
	}
	p.packages = p.packages[min(verb, len(p.packages)):]
	return p, true
}

// splitOption splits an option and its value: of --name=value, or of -nvalue.
func splitOption(word string) (name, value string, joined bool) {
	if len(word) > 2 && word[0] == '-' && word[1] != '-' {
		return word[:2], strings.TrimPrefix(word[2:], "="), true
	}
	return strings.Cut(word, "=")
}

func isPipRequirements(c call) bool { return c.words[0] == "pip" && c.installsRequirements() }
func isUvRequirements(c call) bool  { return c.words[0] == "uv" && c.installsRequirements() }

// installsRequirements reports whether a call installs from lists of requirements, and
// nothing else.
func (c call) installsRequirements() bool {
	p, ok := c.pipInstall()
	return ok && len(p.files) > 0 && len(p.packages) == 0 && !slices.ContainsFunc(p.names(), func(name string) bool {
		return strings.Contains(name, ":") || isProjectFile(name)
	})
}

// isProjectFile reports whether a file that uv pip takes as a list of requirements is
// the description of a project, which may need other files of it.
func isProjectFile(name string) bool {
	return slices.Contains([]string{".toml", ".py", ".cfg"}, path.Ext(name))
}

// isPipProject reports whether pip installs from requirements. Packages that the
// Dockerfile names are downloaded again only when it changes.
func isPipProject(c call) bool {
	p, ok := c.pipInstall()
	return ok && len(p.files) > 0 && !c.has("--target") && !slices.ContainsFunc(c.words, func(w string) bool { return strings.HasPrefix(w, "-t") })
}

// isUvProject reports whether uv installs from the manifests of a project, or from
// requirements.
func isUvProject(c call) bool {
	return (c.is("uv", "sync") || isPipProject(c)) && !c.hasSwitch("--no-cache", "n")
}

// localRequirement matches a line of a requirements file that names other files.
var localRequirement = lazily(`(?m)^\s*(-|\.|/|file:|\S+\s*@\s*file:|[\w.-]+/|[^\s:]+\.(whl|zip|gz|bz2)\s*$)`)

func pipManifests(f Files, c call) ([]string, bool) {
	p, _ := c.pipInstall()
	var list []string
	for _, name := range p.names() {
		name = path.Clean(name)
		if path.Dir(name) != "." || !f.has(name) || localRequirement().MatchString(f[name]) {
			return nil, false
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return slices.Compact(list), true
}

// localSetting matches a setting of uv that names a local directory.
var localSetting = lazily(`(?m)^\s*(find-links|no-index)\s*=|\burl\s*=\s*\[?\s*["'](\.|/|file:)`)

// uvPipManifests also returns the files with uv's settings.
func uvPipManifests(f Files, c call) ([]string, bool) {
	list, ok := pipManifests(f, c)
	for _, name := range []string{"pyproject.toml", "uv.toml"} {
		if f.has(name) {
			list = append(list, name)
			ok = ok && !localSetting().MatchString(f[name])
		}
	}
	return list, ok
}

// relativeTo returns the call of pip install that names its files relative to a
// directory. The call is returned as it is, with ok set, if no name is an absolute
// path; ok is false if a file is not in the directory.
func (c call) relativeTo(dir, cwd string) (_ call, _ string, ok bool) {
	p, _ := c.pipInstall()
	if !slices.ContainsFunc(p.names(), path.IsAbs) {
		return c, cwd, true
	}
	if slices.ContainsFunc(p.names(), func(name string) bool { return !isWithin(join(cwd, name), dir) }) {
		return c, cwd, false
	}
	relative := func(name string) string {
		return strings.TrimPrefix(strings.TrimPrefix(join(cwd, name), dir), "/")
	}
	return c.rename(p.names(), relative), dir, true
}

// rename returns the call with other names of files.
func (c call) rename(names []string, to func(string) string) call {
	c.words = slices.Clone(c.words)
	for i, word := range c.words {
		if slices.Contains(names, word) {
			c.words[i] = to(word)
		}
	}
	return c
}
