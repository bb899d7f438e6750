package lower

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/util/system"

	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// copySpec holds what COPY and ADD have in common.
type copySpec struct {
	keyword      string
	code         string // the instruction as written
	files        instructions.SourcesAndDest
	from         Context
	chown, chmod string
	exclude      []string
	link         bool
	parents      bool
	// add is nil for COPY.
	add *addSpec
}

// copy lowers COPY.
func (in instruction) copy(s State, c *instructions.CopyCommand) (State, error) {
	spec := copySpec{
		keyword: "COPY",
		code:    c.String(),
		files:   c.SourcesAndDest,
		from:    in.run.options.Context,
		chown:   c.Chown,
		chmod:   c.Chmod,
		exclude: c.ExcludePatterns,
		link:    c.Link,
		parents: c.Parents,
	}
	if len(in.step.Sources) == 0 {
		in.run.done.Reads.Context.add(c.SourcePaths...)
		return in.copyFiles(s, spec)
	}
	from := in.step.Sources[0]
	root, ok := in.read(s, from)
	if !ok {
		return s, fmt.Errorf("cannot copy from stage %q, it needs to be defined before current stage %q", c.From, in.stage.node.Label)
	}
	in.run.done.Reads.add(in.run.graph, in.run.graph.Stages[from], c.SourcePaths...)
	spec.from = Context{Output: root}
	return in.copyFiles(s, spec)
}

// copyFiles makes one file op of all sources.
func (in instruction) copyFiles(s State, spec copySpec) (State, error) {
	target, err := in.copyTarget(s, spec)
	if err != nil {
		return s, err
	}
	if err := spec.checkChecksum(); err != nil {
		return s, err
	}
	text := display(in.run.words, spec.code, s.Vars.all)
	step := in.stage.next()
	meta := in.meta()
	meta.Name = in.title(step, text, &s.Platform.value, s.Vars.all)
	meta.IgnoreCache = s.ignoreCache

	file, err := in.copies(s, spec, target, meta.Name)
	if err != nil {
		return s, err
	}
	ofBuild := ""
	if in.step.Instruction.Flags.NoCache {
		if ofBuild, err = in.buildSalt(); err != nil {
			return s, err
		}
		// Ignoring the cache would run the op as well, but with the same key in each
		// build, so that BuildKit would reuse earlier results of the steps after it.
		file.Salt(saltName([]string{ofBuild}))
	}
	linkName := ""
	if spec.link {
		linkName = in.title(step, "LINK "+text, &s.Platform.value, s.Vars.all)
	}
	recorded := in.place(s, spec, file, meta, linkName)
	recorded.Text = spec.code
	if in.step.Instruction.Flags.NoCache {
		recorded.Parts = append(recorded.Parts, freshnessParts(ofBuild)...)
	}
	in.record(s, recorded)
	s.Root = recorded.Op
	return in.history(s, in.createdBy(spec), true), nil
}

// createdBy returns the line of history, with the flags that Docker shows.
func (in instruction) createdBy(spec copySpec) string {
	words := []string{withFlags(spec.keyword, in.step.Instruction.Flags)}
	if spec.parents {
		words = append(words, "--parents")
	}
	if spec.chown != "" {
		words = append(words, "--chown="+spec.chown)
	}
	if spec.chmod != "" {
		words = append(words, "--chmod="+spec.chmod)
	}
	words = append(words, spec.files.SourcePaths...)
	for _, content := range spec.files.SourceContents {
		words = append(words, "<<"+content.Path)
	}
	return strings.Join(append(words, spec.files.DestPath, "#", "buildkit"), " ")
}

// copyTarget is common to all sources of an instruction: the destination, the
// owner, the permissions, and the excluded files.
type copyTarget struct {
	path    string
	owner   *ops.Owner
	chmod   chmod
	exclude []string
}

func (in instruction) copyTarget(s State, spec copySpec) (copyTarget, error) {
	dest, err := s.absolute(spec.files.DestPath)
	if err != nil {
		return copyTarget{}, err
	}
	owner := parseOwner(spec.chown)
	if spec.link && owner.Named() {
		return copyTarget{}, fmt.Errorf("--chown=%s: user and group names can't be resolved when used with --link, use numeric uid[:gid] instead", spec.chown)
	}
	permissions, err := parseChmod(spec.chmod)
	if err != nil {
		return copyTarget{}, err
	}
	return copyTarget{dest, owner, permissions, spec.exclude}, in.checkSymbols(permissions)
}

// complete returns a copy with what is common to all sources.
func (t copyTarget) complete(c ops.Copy) ops.Copy {
	c.Destination = t.path
	c.Mode, c.ModeSymbols = t.chmod.bits, t.chmod.symbols
	c.Exclude = t.exclude
	c.CreateDestination = true
	return c
}

// absolute returns a destination path from the root. It keeps a slash at the
// end, which makes the destination a directory.
func (s State) absolute(p string) (string, error) {
	os := s.Platform.value.OS
	p, err := system.CheckSystemDriveAndRemoveDriveLetter(p, os, true)
	if err != nil {
		return "", fmt.Errorf("removing drive letter: %w", err)
	}
	if system.IsAbs(p, os) {
		return system.NormalizePath("/", p, os, true)
	}
	if p == "." || p == "" {
		p = "./"
	}
	return system.NormalizePath(s.Dir, p, os, true)
}

// parseOwner parses the value of --chown, nil if it is not set.
func parseOwner(user string) *ops.Owner {
	if user == "" {
		return nil
	}
	return ops.ParseOwner(user)
}
