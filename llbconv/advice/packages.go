package advice

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"
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
		return s.script != nil && !bindsManifests(s) && s.script.usesNoFiles(dir) &&
			!s.script.any(func(c call) bool { return !c.usesNoFiles(dir) })
	case *instructions.CopyCommand, *instructions.AddCommand, *instructions.UserCommand:
		return true
	}
	return s.isNeutral()
}

// usesNoFiles reports whether a script has no redirection of files in a directory, and
// no substitution, whose commands may read files.
func (s *script) usesNoFiles(dir string) bool {
	ok := true
	syntax.Walk(s.file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.CmdSubst, *syntax.ProcSubst:
			ok = false
		case *syntax.Redirect:
			ok = ok && (n.Hdoc != nil || n.Op == syntax.DplOut || isOutside(literal(n.Word), dir))
		}
		return ok
	})
	return ok
}

// isOutside reports whether a name is the path of a file that is not in a directory.
func isOutside(name, dir string) bool {
	return path.IsAbs(name) && !strings.ContainsAny(name, unknown+"*?[{") && !overlap(path.Clean(name), dir)
}

// usesNoFiles reports whether a call neither reads nor changes files in a directory.
func (c call) usesNoFiles(dir string) bool {
	switch c.words[0] {
	case "set", "true", "export", "echo", "locale-gen", "update-ca-certificates":
		return true
	case "rm", "mkdir":
		return !slices.ContainsFunc(c.operands(), func(w string) bool { return !isOutside(strings.TrimSuffix(w, "/*"), dir) })
	}
	return !slices.ContainsFunc(c.words[1:], mayBeFile) && (c.managesPackages() || c.isNamedInstall())
}

// mayBeFile reports whether an argument of a package manager may be the name of a
// file.
func mayBeFile(word string) bool {
	return strings.HasPrefix(word, unknown) || word == "." || strings.HasPrefix(word, ".[") || strings.Contains(word, "/") && !strings.Contains(word, "://") && !strings.HasPrefix(word, "@")
}

// managesPackages reports whether a call runs a package manager of the system.
func (c call) managesPackages() bool {
	return slices.Contains([]string{"apt-get", "apt", "apk", "yum", "dnf", "microdnf", "zypper"}, c.words[0])
}

// isNamedInstall reports whether a call installs packages of a language by their
// names.
func (c call) isNamedInstall() bool {
	switch c.words[0] {
	case "npm":
		return (c.is("npm", "install") || c.is("npm", "i")) && c.has("-g", "--global") && len(c.operands()) > 1
	case "gem":
		return c.is("gem", "install") && len(c.operands()) > 1
	case "pip":
		p, ok := parsePip(c)
		return c.is("pip", "install") && ok && len(p.names()) == 0 && len(p.packages) > 0
	}
	return false
}

// packageInstall returns the command by which a step installs packages, empty if it
// installs none.
func (s step) packageInstall() string {
	if s.script == nil {
		return ""
	}
	for _, c := range s.script.calls {
		switch {
		case c.is("apk", "add"):
			return "apk add"
		case c.words[0] == "npm" && c.isNamedInstall():
			return "npm install -g"
		case c.packages() == "install", c.managesPackages() && c.is(c.words[0], "install"), c.isNamedInstall():
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
