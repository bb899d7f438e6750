package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// packagesFinding finds installs of packages by their names below the i-th step, which
// copies the context to dest.
func (v *view) packagesFinding(s stage, i int, dest string) []Finding {
	if slices.ContainsFunc(managerFiles, func(name string) bool { return overlap(name, dest) }) {
		return nil
	}
	var installs []int
	command := ""
	for at := i + 1; at < len(s.steps) && s.steps[at].needsNothingIn(dest); at++ {
		name := s.steps[at].packageInstall()
		if name == "" || s.steps[at].Flags.fresh() {
			continue
		}
		if len(installs) == 0 {
			command = name
		}
		installs = append(installs, at)
	}
	if len(installs) == 0 {
		return nil
	}
	f := Finding{
		Message: fmt.Sprintf("the whole context is copied before %s, which does not read it: each edit of any file installs the packages again", command),
		Hint:    "copy the context after " + command,
		Range:   s.steps[i].Range(),
		Edits:   v.moveCopy(s.steps, i, installs[len(installs)-1], dest),
		Reads:   &StepReads{Line: s.steps[installs[0]].Start, Command: command},
	}
	for _, at := range installs {
		f.Further = append(f.Further, s.steps[at].Range())
	}
	return []Finding{f}
}

// managerFiles are files and directories that package managers read, or from which they
// run programs.
var managerFiles = []string{
	"/etc", "/bin", "/sbin", "/lib", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local/bin", "/usr/local/lib", "/usr/local/share/ca-certificates",
	"/usr/share/keyrings", "/var/lib", "/var/cache", "/root/.config", "/root/.npmrc", "/root/.pip",
}

// needsNothingIn reports whether a step does the same before and after files are copied
// to a directory. It is false if that is not certain.
func (s step) needsNothingIn(dir string) bool {
	switch s.Command.(type) {
	case *instructions.RunCommand:
		return s.script != nil && !bindsManifests(s) && s.script.usesNoFiles(dir)
	case *instructions.CopyCommand, *instructions.AddCommand, *instructions.UserCommand:
		return true
	}
	return s.isNeutral()
}

// managesPackages reports whether a call runs a package manager of the system.
func (c call) managesPackages() bool {
	return slices.Contains([]string{"apt-get", "apt", "apk", "yum", "dnf", "microdnf", "zypper"}, c.words[0])
}

// namedInstall returns the command by which a call installs packages of a language by
// their names, empty if it does not.
func (c call) namedInstall() string {
	named := false
	command := c.words[0] + " install"
	switch c.words[0] {
	case "npm":
		command, named = "npm install -g", (c.is("npm", "install") || c.is("npm", "i")) && c.has("-g", "--global") && len(c.operands()) > 1
	case "yarn":
		command, named = "yarn global add", c.is("yarn", "global", "add")
	case "pnpm":
		command, named = "pnpm add -g", c.is("pnpm", "add") && c.has("-g", "--global")
	case "gem":
		named = c.is("gem", "install") && len(c.operands()) > 1
	case "pip":
		p, ok := parsePip(c)
		named = c.is("pip", "install") && ok && len(p.names()) == 0 && len(p.packages) > 0
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
func (s step) packageInstall() string {
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

// moveCopy moves the i-th step, which copies the context to dest, down behind the last
// install, with the comments above it. It returns no edits if the copy may be another
// one there.
func (v *view) moveCopy(steps []step, i, last int, dest string) []Edit {
	in := steps[i].Instruction
	first := v.firstComment(in)
	if join(steps[last].before.workdir, steps[i].dest) != dest || strings.Contains(v.text(in), "$") || v.isDirective(first) {
		return nil
	}
	for _, between := range steps[i+1 : last] {
		if len(between.sources()) > 0 {
			if files, to, ok := between.contextFiles(); !ok || slices.ContainsFunc(files, func(name string) bool { return overlap(target(name, to), dest) }) {
				return nil
			}
		}
	}
	text := strings.Join(v.lines[first-1:in.End], "\n") + "\n"
	return []Edit{replace(first, in.End+1, ""), insert(steps[last].End+1, text)}
}
