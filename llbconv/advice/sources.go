package advice

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// sourceDirs are directories of sources, by the tool of the installer, which does
// not read them. commonDirs are those of all tools.
var (
	commonDirs = []string{"src", "app", "test", "tests", "public", "static", "templates", "views"}
	sourceDirs = map[string][]string{
		"node":   {"components", "pages", "styles", "assets"},
		"go":     {"cmd", "internal"},
		"php":    {"resources", "routes"},
		"elixir": {"lib", "priv", "assets"},
	}
)

// sourceFiles are the extensions of source files, by the tool.
var sourceFiles = map[string][]string{
	"node": {".js", ".ts", ".jsx", ".tsx", ".html", ".css"}, "python": {".py"}, "rust": {".rs"}, "go": {".go"}, "ruby": {".rb", ".ru"}, "php": {".php"},
}

// isSource reports whether a source of a COPY is a directory, or a file, that holds
// only sources. A script that an install may run is not a source.
func (i install) isSource(name string) bool {
	tool := i.installer.tool
	if slices.Contains(commonDirs, name) || slices.Contains(sourceDirs[tool], name) {
		return true
	}
	base := path.Base(name)
	ext := path.Ext(base)
	if !slices.Contains(sourceFiles[tool], ext) || strings.HasPrefix(base, ".") {
		return false
	}
	if tool == "node" && strings.HasSuffix(ext, "s") && ext != ".css" && i.files == nil { // a script of the package may run the file
		return slices.Contains([]string{"index", "server", "app", "main"}, strings.TrimSuffix(base, ext))
	}
	return !strings.HasPrefix(base, "setup.") && !strings.HasPrefix(base, "version") && !strings.Contains(base, "config")
}

// plainCopy returns what a COPY or ADD of files of the main context copies. There
// are no sources if flags, here-documents or URLs make it another copy.
func (s *step) plainCopy() (files instructions.SourcesAndDest) {
	if s.from() != "" || s.addsURL() {
		return files
	}
	return s.anyCopy()
}

// addsURL reports whether a step is an ADD with a URL.
func (s *step) addsURL() bool {
	c, ok := s.Command.(*instructions.AddCommand)
	return ok && slices.ContainsFunc(c.SourcePaths, isRemote)
}

// anyCopy is plainCopy for copies from stages, images and URLs too.
func (s *step) anyCopy() (files instructions.SourcesAndDest) {
	switch c := s.Command.(type) {
	case *instructions.CopyCommand:
		if len(c.ExcludePatterns) > 0 || c.Parents {
			return files
		}
		files = c.SourcesAndDest
	case *instructions.AddCommand:
		files = c.SourcesAndDest
	}
	if len(files.SourceContents) > 0 {
		return instructions.SourcesAndDest{}
	}
	return files
}

// contextFiles returns the sources and the destination of a COPY or ADD of files of
// the main context.
func (s *step) contextFiles() (sources []string, dest string, ok bool) {
	return s.filesOf(s.plainCopy())
}

// copiedFiles is contextFiles for copies from stages, images and URLs too.
func (s *step) copiedFiles() (sources []string, dest string, ok bool) {
	return s.filesOf(s.anyCopy())
}

// destination returns the destination of a copy, or the path of a WORKDIR, as a whole
// path.
func (s *step) destination() string { return join(s.before.workdir, s.dest) }

func (s *step) filesOf(files instructions.SourcesAndDest) (sources []string, dest string, ok bool) {
	if len(files.SourcePaths) == 0 || hasVariable(s.dest) || slices.ContainsFunc(files.SourcePaths, hasVariable) {
		return nil, "", false
	}
	return files.SourcePaths, s.destination(), true
}

// sourceFindings finds copies of sources above the first install of a stage. There
// is one finding for all of them.
func (v *view) sourceFindings(s stage) []Finding {
	for at, st := range s.steps {
		if _, whole := st.copiesContext(); whole {
			return nil
		}
		call, cwd, passed := st.installCall()
		inst, ok := installerOf(call)
		copied := slices.ContainsFunc(s.steps[:at], func(before *step) bool { return len(before.sources()) > 0 })
		if passed || st.run == nil || !ok && !copied {
			continue
		}
		if !ok || bindsManifests(st) || v.installedBefore(s, at, inst) || inst.tool == "node" && v.needsSources() {
			return nil
		}
		dir, ok := manifestDir(s.steps[:at], call, inst, cwd)
		if !ok {
			return nil
		}
		return v.sourceFinding(s.steps, install{at, call, inst, dir, Files{}}, cwd)
	}
	return nil
}

// needsSources reports whether the file shows that an install of a Node.js package
// may need sources: it is one of several packages, or has a script that the install
// runs too.
func (v *view) needsSources() bool {
	return v.isWorkspace() || slices.ContainsFunc(v.stages, func(s stage) bool {
		return slices.ContainsFunc(s.steps, func(st *step) bool { return st.script.any(isInstallScript) })
	})
}

func isInstallScript(c call) bool {
	switch c.words[0] {
	case "npm", "yarn", "pnpm", "bun":
		return slices.ContainsFunc(c.operands(), func(w string) bool { return slices.Contains(installScripts, w) })
	}
	return false
}

// manifestDir returns the directory of the context from which the manifests of an
// install are copied by their names. ok is false if one of them is not.
func manifestDir(before []*step, c call, inst installer, cwd string) (dir string, ok bool) {
	names := []string{inst.first}
	if inst.first == "" {
		p, _ := c.pipInstall()
		names = p.names()
	}
	if inst.tool == "dotnet" {
		return "", false
	}
	for i, name := range names {
		from, found := copiedAs(before, join(cwd, name))
		if inst.tool == "gradle" && !found {
			from, found = copiedAs(before, join(cwd, name+".kts"))
		}
		if name == "" || !found || i > 0 && path.Dir(from) != dir {
			return "", false
		}
		dir = path.Dir(from)
	}
	return strings.TrimPrefix(dir, "/"), len(names) > 0
}

// copiedAs returns the path in the context, with a leading slash, of the file that
// is copied to a path by its name or by a pattern.
func copiedAs(before []*step, file string) (from string, found bool) {
	for _, st := range before {
		sources, dest, ok := st.contextFiles()
		if !ok {
			continue
		}
		for _, source := range sources {
			source = path.Join("/", source)
			if matches, _ := path.Match(path.Base(source), path.Base(file)); matches && (dest == file || path.Join(dest, path.Base(file)) == file) {
				from, found = path.Join(path.Dir(source), path.Base(file)), true
			}
		}
	}
	return from, found
}

// sourceFinding returns the finding about the copies of sources above an install.
// There is none if the install may read them.
func (v *view) sourceFinding(steps []*step, inst install, cwd string) []Finding {
	if _, copies := inst.sources(steps, cwd); len(copies) == 0 {
		return nil // without asking for the files of the context
	}
	files, known := v.files()
	inst.files = nil
	if known {
		inst.files = files.under(inst.dir)
	}
	names, copies := inst.sources(steps, cwd)
	state := steps[inst.at].before
	if len(copies) == 0 || slices.ContainsFunc(copies, func(i int) bool { return state.isConfiguredIn(steps[i].destination()) }) {
		return nil
	}
	var edits []Edit
	var reads *StepReads
	if known {
		if p, ok := inst.call.pipInstall(); ok {
			inst.call = inst.call.rename(p.names(), path.Base)
		}
		list, ok := inst.installer.manifests(inst.files, inst.call)
		if !ok || inst.stub() != "" {
			return nil
		}
		edits, reads = v.moveSources(steps, copies, inst, cwd), inst.reads(steps[inst.at], list)
	} else if inst.installer.needsContextFiles() || slices.ContainsFunc(steps[:inst.at], (*step).copiesBuildFiles) {
		return nil
	}
	command := inst.command()
	verb, pronoun := numberOf(names)
	var further [][]parser.Range
	for _, i := range append(copies[1:], inst.at) {
		further = append(further, steps[i].Range())
	}
	return []Finding{{
		Message: fmt.Sprintf("%s %s copied before %s, which does not read %s: each edit there installs the dependencies again", enumerate(names), verb, command, pronoun),
		Hint:    fmt.Sprintf("copy %s after %s", enumerate(names), command),
		Range:   steps[copies[0]].Range(),
		Further: further,
		Edits:   edits,
		Reads:   reads,
	}}
}

// numberOf returns the verb and the pronoun of a sentence about files.
func numberOf(names []string) (verb, pronoun string) {
	if len(names) == 1 {
		return "is", "it"
	}
	return "are", "them"
}

// sources returns the sources that are copied above an install, and the indexes of
// the steps that copy them.
func (i install) sources(steps []*step, cwd string) (names []string, copies []int) {
	for at, st := range steps[:i.at] {
		if own := st.ownSources(i, cwd); len(own) > 0 {
			names, copies = append(names, own...), append(copies, at)
		}
	}
	return names, copies
}

// ownSources returns the sources that a COPY brings into the directory of an
// install.
func (s *step) ownSources(inst install, cwd string) (names []string) {
	sources, dest, ok := s.contextFiles()
	if !ok || !isWithin(dest, cwd) {
		return nil
	}
	for _, name := range sources {
		inside, ok := strings.CutPrefix(path.Join("/", name), strings.TrimSuffix("/"+inst.dir, "/")+"/")
		if ok && inst.isSource(inside) {
			names = append(names, path.Clean(name))
		}
	}
	return names
}

// buildFiles are patterns of files that show that the install may also build the
// sources, by a script of the package.
var buildFiles = []string{
	"tsconfig*.json", "*.config.*", ".babelrc", "gulpfile.*", "binding.gyp", "scripts", "prisma", "patches",
	"setup.py", "setup.cfg", "*.gemspec", "Rakefile", "Makefile",
}

func (s *step) copiesBuildFiles() bool {
	return slices.ContainsFunc(s.sources(), func(name string) bool {
		return slices.ContainsFunc(buildFiles, func(pattern string) bool {
			matches, _ := path.Match(pattern, path.Base(path.Join("/", name)))
			return matches
		})
	})
}
