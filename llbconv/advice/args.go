package advice

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

var argTooEarly = Check{
	Name:        "ArgTooEarly",
	Description: "An ARG that changes with each commit makes the steps after it run, even those that do not use it",
	find:        findArgTooEarly,
}

// volatile matches the names of args that change with each commit or build.
var volatile = lazily(`(?i)^((git|vcs|source|src|app|build|ci|github|repo|head)_)*(sha|sha1|commit|commit_?sha|commit_?hash|commit_?id|commit_?ref|rev|revision|vcs_?ref)$|` +
	`^(git|vcs)_?(hash|ref|ref_?name|describe|sha_?short|short_?sha)$|^ci_commit_(short_)?sha$|^github_(sha|run_id|run_number)$|` +
	`^(ci_)?build_?(date|time|timestamp|number|num|id)$|^(build|created)_?at$`)

// findArgTooEarly finds args that are declared above steps that install packages
// and do not use them.
func findArgTooEarly(v *view) (found []Finding) {
	v.needed(func(s stage) {
		early := v.earlyArgs(s)
		edits := v.moveDown(s, early)
		for _, a := range early {
			found = append(found, Finding{
				Message: "ARG " + a.name + " changes often, and the steps after it run again with it, even those that do not use it",
				Hint:    "declare it right above the instruction that uses it",
				Range:   s.steps[a.at].Range(),
				Further: ranges(a.rerun),
				Edits:   edits,
			})
		}
	})
	return found
}

// An earlyArg is an ARG that is declared too early.
type earlyArg struct {
	name string
	// at is the step that declares the ARG. use is the first step that may use it,
	// or the number of steps.
	at, use int
	// labels are the LABEL instructions before use that use the ARG.
	labels []int
	// rerun is a step that runs again without need.
	rerun *step
}

func (v *view) earlyArgs(s stage) (early []earlyArg) {
	for i, st := range s.steps {
		c, ok := st.Command.(*instructions.ArgCommand)
		if !ok || len(c.Args) != 1 || st.Flags.Explicit || !v.changes(c.Args[0]) {
			continue
		}
		a := earlyArg{name: c.Args[0].Key, at: i}
		if !isPin(a.name, s.steps[i:]) && a.look(s.steps) {
			early = append(early, a)
		}
	}
	return early
}

// upstream matches commands that select a version of another project.
var upstream = lazily(`\bgit\b.*\b(checkout|clone|reset|fetch|switch)\b|://`)

// isPin reports whether an ARG selects a version of another project. Such an ARG
// does not change with each commit of this project.
func isPin(name string, steps []*step) bool {
	mention := regexp.MustCompile(`\$\{?` + regexp.QuoteMeta(name) + `\b`)
	return slices.ContainsFunc(steps, func(s *step) bool {
		code := codeOf(s)
		_, isLabel := s.Command.(*instructions.LabelCommand)
		return !isLabel && mention.MatchString(code) && upstream().MatchString(code)
	})
}

// look finds the first use of the ARG. It reports whether a step before it
// downloads packages. A LABEL is not a step.
func (a *earlyArg) look(steps []*step) (found bool) {
	mention := regexp.MustCompile(`\b` + regexp.QuoteMeta(a.name) + `\b`)
	for a.use = a.at + 1; a.use < len(steps); a.use++ {
		s := steps[a.use]
		_, isLabel := s.Command.(*instructions.LabelCommand)
		switch uses := mention.MatchString(codeOf(s)); {
		case uses && isLabel:
			a.labels = append(a.labels, a.use)
		case uses, s.run != nil && (s.script == nil || s.script.any(func(c call) bool { return !c.ignoresVariables() })):
			return found
		case s.script.any(call.downloads) && !found:
			found, a.rerun = true, s
		}
	}
	return found
}

// moveDown moves args, with the comments above them and the labels that use them,
// down to their first use. It returns no edits if it cannot move all of them.
func (v *view) moveDown(s stage, early []earlyArg) (edits []Edit) {
	to := map[int]int{} // from the index of the step that moves to the step that it moves above
	for _, a := range early {
		to[a.at] = a.use
		for _, l := range a.labels {
			to[l] = max(to[l], a.use)
		}
	}
	for _, i := range slices.Sorted(maps.Keys(to)) {
		in := s.steps[i].Instruction
		target := s.steps[len(s.steps)-1].End + 1
		if to[i] < len(s.steps) {
			target = v.firstComment(s.steps[to[i]].Instruction)
		}
		first, text, ok := v.movedLines(in, target)
		if !ok {
			return nil
		}
		edits = append(edits, replace(first, in.End+1, ""), insert(target, text))
	}
	return edits
}

// changes reports whether the value of an ARG may differ between builds.
func (v *view) changes(a instructions.KeyValuePairOptional) bool {
	_, given := v.build.BuildArgs[a.Key]
	return volatile().MatchString(a.Key) && (given || a.Value == nil || isPlaceholder(v.unquote(*a.Value)))
}

// isPlaceholder reports whether a default is a placeholder for a value that the
// client gives.
func isPlaceholder(value string) bool {
	switch strings.ToLower(strings.Trim(value, "<>")) {
	case "", "unknown", "none", "dev", "local", "n/a", "na", "undefined", "unset", "null", "0", "development", "unspecified":
		return true
	}
	return false
}

// codeOf returns the source text of an instruction, with its here-documents.
func codeOf(s *step) string {
	text := ""
	if c, ok := s.Command.(interface{ String() string }); ok {
		text = c.String()
	}
	if s.run != nil {
		for _, f := range s.run.Files {
			text += "\n" + f.Data
		}
	}
	return text
}

// plainCommands are commands that do not read the variables of a project.
var plainCommands = []string{
	"mkdir", "rm", "cp", "mv", "ln", "chmod", "chown", "touch",
	"echo", "printf", "set", "cd", "true", "test", "[", "useradd", "groupadd", "adduser", "addgroup", "usermod", "groupmod",
	"curl", "wget", "tar", "unzip", "sed", "grep", "cat", "tee", "gpg", "apt-key", "apt-cache", "update-ca-certificates", "locale-gen",
	"add-apt-repository", "dpkg", "rpm", "find", "ldconfig", "corepack", "apt-mark", "install", "export",
}

// ignoresVariables reports whether a command does not depend on the variables of
// a project.
func (c call) ignoresVariables() bool {
	if slices.Contains(plainCommands, c.words[0]) || c.managesPackages() || c.isGlobalInstall() {
		return true
	}
	inst, ok := installerOf(c)
	return ok && inst.tool != "dotnet"
}

// isGlobalInstall reports whether a call installs packages by their name.
func (c call) isGlobalInstall() bool {
	switch c.words[0] {
	case "npm":
		return c.has("-g", "--global")
	case "gem":
		return c.is("gem", "install")
	case "pip", "uv":
		p, ok := c.pipInstall()
		return ok && !slices.ContainsFunc(p.packages, isLocalPackage)
	}
	return false
}

// downloads reports whether a call installs packages.
func (c call) downloads() bool {
	if _, ok := installerOf(c); ok || c.isGlobalInstall() {
		return true
	}
	switch c.packages() {
	case "install", "upgrade":
		return true
	}
	return c.is("apk", "add") || c.is("yum", "install") || c.is("dnf", "install") || c.is("microdnf", "install")
}

var listInOneVariable = Check{
	Name:        "ListInOneVariable",
	Description: "A variable is one source, even if its value contains blanks",
	find:        findListInOneVariable,
}

var onlyVariable = lazily(`^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})$`)

// findListInOneVariable finds sources that are a variable with several names in its
// value.
func findListInOneVariable(v *view) (found []Finding) {
	v.needed(func(s stage) {
		for _, st := range s.steps {
			for _, source := range st.sources() {
				m := onlyVariable().FindStringSubmatch(source)
				if m == nil {
					continue
				}
				value := st.before.vars.lookup(m[1] + m[2])
				if value == nil || !value.isSet || len(strings.Fields(value.value)) < 2 || strings.ContainsAny(value.value, "$\\") {
					continue
				}
				found = append(found, Finding{
					Message: source + " is one name with blanks in it, \"" + value.value + "\": variables are not split into words",
					Hint:    "write the sources out",
					Range:   st.Range(),
				})
			}
		}
	})
	return found
}

// sources returns the paths that a COPY or ADD reads.
func (s *step) sources() []string {
	switch c := s.Command.(type) {
	case *instructions.CopyCommand:
		return c.SourcePaths
	case *instructions.AddCommand:
		return c.SourcePaths
	}
	return nil
}
