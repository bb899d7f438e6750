package advice

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

var copyBeforeInstall = Check{
	Name:        "CopyBeforeInstall",
	Description: "Sources that are copied before dependencies are installed make each edit install them again",
	find:        findCopyBeforeInstall,
}

// findCopyBeforeInstall finds copies of the whole context, or of sources, above a
// step that installs dependencies and needs only the manifests, or none of the files.
func findCopyBeforeInstall(v *view) (all []Finding) {
	v.needed(func(s stage) {
		found := v.sourceFindings(s)
		for i, st := range s.steps {
			if dest, whole := st.copiesContext(); whole {
				found = append(found, v.wholeFinding(s, i, dest)...)
			}
		}
		all = append(all, append(found, v.namedPackages(s, found)...)...)
	})
	return all
}

// wholeFinding returns the finding about the i-th step, which copies the context to
// dest. Of several kinds of installs below it, the finding is about the first of:
// installs from manifests, installs of named packages, installs of the project.
func (v *view) wholeFinding(s stage, i int, dest string) []Finding {
	var found []Finding
	if inst, ok := v.firstInstall(s, i, dest); ok {
		found = v.installFinding(s, i, inst)
	}
	if found == nil {
		found = v.wholePackages(s, i, dest)
	}
	if found == nil {
		found = v.projectFinding(s, i, dest)
	}
	return found
}

// copiesContext returns the destination of a COPY or ADD of the whole build
// context.
func (s *step) copiesContext() (dest string, ok bool) {
	files := s.plainCopy()
	if len(files.SourcePaths) != 1 || path.Clean("/"+files.SourcePaths[0]) != "/" {
		return "", false
	}
	return s.destination(), true
}

// An install is a command of a later step that installs from manifests.
type install struct {
	at        int // of the step
	call      call
	installer installer
	// dir is the directory of the manifests, relative to the context.
	dir string
	// files are those of dir, nil if they are not known.
	files Files
}

// stub returns a source that has to exist, although the install does not read it.
// It is empty if there is none.
func (i install) stub() string {
	if i.installer.tool == "rust" {
		return cargoStub(i.files)
	}
	return ""
}

// command returns the name of the install in messages.
func (i install) command() string {
	if i.installer.tool == "maven" { // it has several goals
		return i.call.words[0] + " " + i.call.operands()[0]
	}
	return i.installer.command
}

// firstInstall finds the first install after the i-th step, which copies the
// context to dest. No step between the two may use the copied files.
func (v *view) firstInstall(s stage, i int, dest string) (install, bool) {
	for at := i + 1; at < min(len(s.steps), i+maxStepsBelow); at++ {
		st := s.steps[at]
		if _, _, copies := st.contextFiles(); copies || st.addsURL() || st.isNeutral() || st.run != nil && st.needsNothingIn(dest) {
			continue
		}
		call, cwd, passed := st.installCall()
		if passed {
			continue
		}
		inst, ok := installerOf(call)
		call, cwd, named := call.relativeTo(dest, cwd)
		dir, inside := strings.CutPrefix(cwd+"/", strings.TrimSuffix(dest, "/")+"/")
		if !ok || !named || !inside || bindsManifests(st) || st.before.isConfiguredIn(dest) || v.installedBefore(s, i, inst) || inst.tool == "node" && v.needsSources() {
			return install{}, false
		}
		return install{at: at, call: call, installer: inst, dir: strings.TrimSuffix(dir, "/")}, true
	}
	return install{}, false
}

// installCall returns the first command of a step that is not harmless, and the
// directory in which it runs. passed is set if all commands are harmless.
func (s *step) installCall() (_ call, cwd string, passed bool) {
	none := call{words: []string{""}}
	if s.script == nil {
		return none, "", false
	}
	cwd = s.before.workdir
	for _, c := range s.script.calls {
		dir, enters := c.enters(cwd)
		_, installs := installerOf(c)
		switch {
		case c.configures(), installs && s.script.any(c.installsOther):
			return none, "", false
		case installs:
			return c, cwd, false
		case enters:
			cwd = dir
		case !c.isHarmless():
			return none, "", false
		}
	}
	return none, "", true
}

// isNeutral reports whether an instruction neither reads nor changes files.
func (s *step) isNeutral() bool {
	switch s.Command.(type) {
	case *instructions.EnvCommand, *instructions.ArgCommand, *instructions.LabelCommand, *instructions.ExposeCommand,
		*instructions.WorkdirCommand, *instructions.CmdCommand, *instructions.EntrypointCommand, *instructions.HealthCheckCommand:
		return true
	}
	return false
}

// bindsManifests reports whether a RUN mounts files, so that it may not read the
// copied files.
func bindsManifests(s *step) bool {
	return slices.ContainsFunc(s.mounts(), func(m mount) bool { return m.kind == "bind" || hasVariable(m.kind) })
}

// installedBefore reports whether the stage, or one that it is built on, has
// installed from manifests before the i-th step.
func (v *view) installedBefore(s stage, i int, inst installer) bool {
	return slices.ContainsFunc(v.before(s, i), func(st *step) bool {
		return st.script.any(func(c call) bool {
			other, ok := installerOf(c)
			return ok && other.tool == inst.tool
		})
	})
}

// isWorkspace reports whether an instruction of the file refers to several Node.js
// packages in one repository.
func (v *view) isWorkspace() bool {
	if slices.ContainsFunc(v.lines, func(line string) bool { return workspaceComment().MatchString(line) }) {
		return true
	}
	for _, s := range v.stages {
		for _, st := range s.steps {
			if st.script.any(isWorkspaceCall) || slices.ContainsFunc(st.sources(), func(p string) bool { return workspaceDir().MatchString(p) }) ||
				workspaceDir().MatchString(st.before.workdir+"/") || st.entersVariable() {
				return true
			}
		}
	}
	return false
}

// entersVariable reports whether a step enters a directory below another one whose
// name is in a variable, as that of one of several packages.
func (s *step) entersVariable() bool {
	c, ok := s.Command.(*instructions.WorkdirCommand)
	return ok && hasVariable(c.Path) && !strings.HasPrefix(c.Path, "$")
}

// workspaceComment matches comments about several packages.
var workspaceComment = lazily(`(?i)^\s*#.*\b(monorepo|mono-repo|workspaces?)\b`)

var workspaceDir = lazily(`(^|/)(packages|apps|pnpm-workspace\.yaml|lerna\.json|turbo\.json|nx\.json)(/|$)`)

func isWorkspaceCall(c call) bool {
	switch c.words[0] {
	case "npm", "yarn", "pnpm", "npx", "bun", "bunx", "turbo", "lerna", "nx":
	default:
		return false
	}
	return c.has("--filter", "-F", "-r", "--recursive", "-w", "--workspace", "--workspaces", "--scope") ||
		slices.ContainsFunc(c.words, func(w string) bool {
			return slices.Contains([]string{"workspace", "workspaces", "turbo", "lerna", "nx", "deploy"}, w)
		})
}

// harmless are commands that do not read or change the files of a project.
var harmless = []string{
	"set", "export", "mkdir", "true", "echo", "chown", "chmod", "useradd", "groupadd", "adduser", "addgroup",
	"corepack", "which", "apt-get", "apt", "apk", "yum", "dnf", "microdnf", "locale-gen", "update-ca-certificates",
}

func (c call) isHarmless() bool {
	switch c.words[0] {
	case "npm":
		return c.is("npm", "config") || c.has("-g", "--global") && (c.is("npm", "install") || c.is("npm", "i"))
	case "yarn":
		return c.is("yarn", "config") || c.is("yarn", "global")
	case "pnpm":
		return c.is("pnpm", "config") || c.is("pnpm", "setup")
	case "pip":
		p, ok := c.pipInstall()
		return ok && len(p.names()) == 0 && !slices.ContainsFunc(p.packages, isLocalPackage)
	case "bundle":
		return c.is("bundle", "config")
	case "gem":
		return c.is("gem", "install")
	case "mix":
		return c.is("mix", "local.hex") || c.is("mix", "local.rebar")
	}
	return slices.Contains(harmless, c.words[0])
}

// changesFiles reports whether a harmless call changes the owner or mode of files.
func (c call) changesFiles() bool { return c.is("chown") || c.is("chmod") }

func isLocalPackage(name string) bool {
	return strings.ContainsAny(name, "/\x00") || strings.HasPrefix(name, ".")
}

// installFinding returns the finding about a copy and the install after it. There
// is none if the manifests are not known.
func (v *view) installFinding(s stage, i int, inst install) []Finding {
	copied, step := s.steps[i], s.steps[inst.at]
	names, stub := inst.installer.needs, ""
	var edits []Edit
	var reads *StepReads
	if files, ok := v.files(); !ok && inst.installer.needsContextFiles() {
		return nil
	} else if ok {
		inst.files = files.under(inst.dir)
		list, ok := inst.installer.manifests(inst.files, inst.call)
		if !ok {
			return nil
		}
		names, reads, stub = enumerate(inst.inContext(topLevel(list))), inst.reads(step, list), inst.stub()
		if inst.dir == "" && stub == "" && !files.hasDir("node_modules") {
			edits = v.copyManifests(s.steps, i, inst, list)
		}
	}
	command := inst.command()
	if stub != "" {
		names += " with an empty " + stub
	}
	return []Finding{{
		Message: fmt.Sprintf("the whole context is copied before %s: each edit of any file installs the dependencies again", command),
		Hint:    fmt.Sprintf("copy %s first, run %s, then copy the rest", names, command),
		Range:   copied.Range(),
		Further: ranges(step),
		Edits:   edits,
		Reads:   reads,
	}}
}

// onlyInstalls reports whether a step only installs.
func onlyInstalls(s *step) bool {
	return !s.script.any(func(c call) bool {
		_, installs := installerOf(c)
		return !installs && (!c.isHarmless() || c.changesFiles())
	})
}

// installsExactly reports whether all installs of a step leave the manifests
// unchanged. files are those of the folder in which it runs.
func installsExactly(s *step, files Files) bool {
	return !s.script.any(func(c call) bool {
		inst, installs := installerOf(c)
		return installs && !inst.exact(c, files)
	})
}

// ranges returns the place of a step as a further place of a finding.
func ranges(s *step) [][]parser.Range { return [][]parser.Range{s.Range()} }
