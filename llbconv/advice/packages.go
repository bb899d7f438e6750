package advice

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// packageInstalls are the steps below a copy that install packages by their names.
type packageInstalls struct {
	at      []int
	command string // of the first one
}

// maxStepsBelow is the number of steps below a copy among which installs are looked for. It
// keeps the cost linear.
const maxStepsBelow = 50

// packageInstalls returns the installs below the i-th step, which copies files to dest.
// No step down to the last install may use these files.
func (s stage) packageInstalls(i int, dest string) (p packageInstalls) {
	if path.Dir(dest) == "/home" || slices.ContainsFunc(managerFiles, func(name string) bool { return overlap(name, dest) }) {
		return p
	}
	for at := i + 1; at < min(len(s.steps), i+maxStepsBelow) && s.steps[at].needsNothingIn(dest); at++ {
		name := s.steps[at].packageInstall()
		if name == "" || s.steps[at].Flags.fresh() {
			continue
		}
		if len(p.at) == 0 {
			p.command = name
		}
		p.at = append(p.at, at)
	}
	return p
}

// packageCopies are copies of files, of the context or of stages, above the same
// installs.
type packageCopies struct {
	names    []string
	copies   []int // the steps
	installs packageInstalls
}

// wholePackages finds installs of packages below the i-th step, which copies the
// context to dest.
func (v *view) wholePackages(s stage, i int, dest string) []Finding {
	p := packageCopies{copies: []int{i}, installs: s.packageInstalls(i, dest)}
	if len(p.installs.at) == 0 {
		return nil
	}
	f := v.packagesFinding(s.steps, p)
	f.Message = fmt.Sprintf("the whole context is copied before %s, which does not read it: each edit of any file installs the packages again", p.installs.command)
	f.Hint = "copy the context after " + p.installs.command
	return []Finding{f}
}

// namedPackages finds installs of packages below copies of files by their names, unless
// another finding is about the copy.
func (v *view) namedPackages(s stage, others []Finding) (found []Finding) {
	var groups []packageCopies
	reported := linesOf(others)
	for i, st := range s.steps {
		sources, dest, ok := v.changingFiles(st)
		if _, whole := st.copiesContext(); !ok || whole || reported[st.Start] || slices.ContainsFunc(sources, mayConfigure) {
			continue
		}
		if from := st.from(); from != "" {
			sources = []string{enumerate(sources) + " of " + from}
		}
		installs := s.packageInstalls(i, dest)
		if len(installs.at) == 0 {
			continue
		}
		n := len(groups)
		if n == 0 || !slices.Equal(groups[n-1].installs.at, installs.at) {
			groups, n = append(groups, packageCopies{installs: installs}), n+1
		}
		groups[n-1].names, groups[n-1].copies = append(groups[n-1].names, sources...), append(groups[n-1].copies, i)
	}
	for _, p := range groups {
		verb, pronoun := numberOf(p.names)
		f := v.packagesFinding(s.steps, p)
		f.Message = fmt.Sprintf("%s %s copied before %s, which does not read %s: each change there installs the packages again", enumerate(p.names), verb, p.installs.command, pronoun)
		f.Hint = fmt.Sprintf("copy %s after %s", enumerate(p.names), p.installs.command)
		found = append(found, f)
	}
	return found
}

// linesOf returns the first lines of the instructions that findings are about.
func linesOf(found []Finding) map[int]bool {
	lines := map[int]bool{}
	for _, f := range found {
		for _, place := range slices.Concat([][]parser.Range{f.Range}, f.Further) {
			lines[place[0].Start.Line] = true
		}
	}
	return lines
}

// packagesFinding returns the places and the fix of a finding about copies above
// installs.
func (v *view) packagesFinding(steps []*step, p packageCopies) Finding {
	first, last := p.installs.at[0], p.installs.at[len(p.installs.at)-1]
	f := Finding{
		Range: steps[p.copies[0]].Range(),
		Reads: &StepReads{Line: steps[first].Start, Command: p.installs.command},
	}
	for _, at := range slices.Concat(p.copies[1:], p.installs.at) {
		f.Further = append(f.Further, steps[at].Range())
	}
	for _, i := range p.copies {
		edits := v.moveCopy(steps, i, last)
		if edits == nil {
			f.Edits = nil
			break
		}
		f.Edits = append(f.Edits, edits...)
	}
	return f
}

// mayConfigure reports whether a source of a COPY may be a configuration or a key of a
// package manager.
func mayConfigure(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, ".") || slices.Contains([]string{".conf", ".cfg", ".ini", ".list", ".sources", ".repo", ".key", ".gpg", ".asc", ".crt", ".pem"}, path.Ext(base))
}

// managerFiles are files and directories that package managers read, or from which they
// run programs.
var managerFiles = []string{
	"/etc", "/bin", "/sbin", "/lib", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local/bin", "/usr/local/lib", "/usr/local/share/ca-certificates",
	"/usr/share/keyrings", "/var/lib", "/var/cache", "/root/.local", "/root/.config", "/root/.npmrc", "/root/.pip",
}

// mayHavePackageFiles reports whether a directory is one in which packages have files:
// an install may replace a file that is copied there.
func mayHavePackageFiles(dir string) bool {
	return slices.ContainsFunc([]string{"/usr/share", "/usr/include", "/usr/libexec", "/var/www", "/var/log", "/var/spool"}, func(name string) bool { return isWithin(dir, name) })
}

// managerVariables are variables that name files that package managers read.
var managerVariables = []string{
	"APT_CONFIG", "CONDARC", "NPM_CONFIG_USERCONFIG", "npm_config_userconfig", "NPM_CONFIG_CAFILE", "npm_config_cafile",
	"PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_REQUIREMENT", "PIP_CONFIG_FILE", "PIP_FIND_LINKS", "PIP_CERT",
	"PIP_CLIENT_CERT",
	"UV_CONSTRAINT", "UV_OVERRIDE", "UV_BUILD_CONSTRAINT", "UV_FIND_LINKS", "UV_CONFIG_FILE", "UV_PROJECT",
	"BUNDLE_GEMFILE", "COMPOSER", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE",
}

// indexVariables are variables that name an index of packages, by a URL or a directory.
var indexVariables = []string{
	"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL",
}

// configures reports whether a variable of the call names a file that package managers
// read.
func (c call) configures() bool {
	return slices.ContainsFunc(c.vars, func(name string) bool { return slices.Contains(managerVariables, name) })
}

// isConfiguredIn reports whether a variable may name a file in a directory that package
// managers read.
func (s state) isConfiguredIn(dir string) bool {
	for _, value := range s.configured {
		for name := range strings.FieldsSeq(value) {
			isURL := strings.Contains(name, "://") && !strings.HasPrefix(name, "file:")
			name = strings.TrimPrefix(name, "file://")
			if !isURL && (!path.IsAbs(name) || hasVariable(name) || overlap(path.Clean(name), dir)) {
				return true
			}
		}
	}
	return false
}

// searchVariables are variables with directories from which programs and libraries are
// loaded.
var searchVariables = []string{"PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NODE_PATH", "GEM_HOME", "GEM_PATH", "CONDA_PREFIX"}

// loadsFrom reports whether a variable has commands load programs or libraries from a
// directory.
func (s state) loadsFrom(dir string) bool {
	return slices.ContainsFunc(s.searched, func(place string) bool { return overlap(place, dir) })
}

// needsNothingIn reports whether a step does the same before and after files are copied
// to a directory. It is false if that is not certain.
func (s *step) needsNothingIn(dir string) bool {
	switch s.Command.(type) {
	case *instructions.RunCommand:
		return s.script != nil && !bindsManifests(s) && s.script.usesNoFiles(dir) && !s.before.isConfiguredIn(dir) && !s.before.loadsFrom(dir)
	case *instructions.CopyCommand, *instructions.AddCommand, *instructions.UserCommand:
		return true
	}
	return s.isNeutral()
}

var systemManagers = []string{"apt-get", "apt", "apk", "yum", "dnf", "microdnf", "zypper"}

// managesPackages reports whether a call runs a package manager of the system.
func (c call) managesPackages() bool {
	return slices.Contains(systemManagers, c.words[0])
}

// namedInstall returns the command by which a call installs packages of a language by
// their names, empty if it does not.
func (c call) namedInstall() string {
	named := false
	command := c.words[0] + " install"
	switch c.words[0] {
	case "npm":
		command, named = "npm install -g", (c.is("npm", "install") || c.is("npm", "i")) && c.has("-g", "--global") && len(c.operands()) > 1
	case "gem":
		named = c.is("gem", "install") && len(c.operands()) > 1
	case "pip":
		p, ok := c.pipInstall()
		named = ok && len(p.names()) == 0 && len(p.packages) > 0
	case "conda", "mamba", "micromamba":
		named = c.is(c.words[0], "install") && !c.has("--file", "-f")
	}
	if !named {
		return ""
	}
	return command
}

// packageInstall returns the command by which a step installs packages, empty if it
// installs none.
func (s *step) packageInstall() string {
	if s.script == nil {
		return ""
	}
	for _, c := range s.script.calls {
		switch name := c.namedInstall(); {
		case name != "":
			return name
		case c.is("apk", "add"):
			return "apk add"
		case c.packages() == "install", c.managesPackages() && c.is(c.words[0], "install"):
			return c.words[0] + " install"
		}
	}
	return ""
}

// moveCopy moves the i-th step, which copies files, down behind the last install, with the
// comments above it. It returns no edits if the copy may be another one there.
func (v *view) moveCopy(steps []*step, i, last int) []Edit {
	in := steps[i].Instruction
	names, dest, _ := steps[i].copiedFiles()
	if join(steps[last].before.workdir, steps[i].dest) != dest || strings.Contains(v.text(in), "$") || mayHavePackageFiles(dest) {
		return nil
	}
	if steps[i].ownsDirectory(steps[i+1 : last]) {
		return nil
	}
	for _, between := range steps[i+1 : last] {
		if _, _, copies := between.copyFlags(); copies && !between.commutes(names, dest) {
			return nil
		}
	}
	to := steps[last].End + 1
	first, text, ok := v.movedLines(in, to)
	if !ok {
		return nil
	}
	return []Edit{v.cut(first, in.End), v.insertApart(to, text, v.isApart(first, in.End))}
}
