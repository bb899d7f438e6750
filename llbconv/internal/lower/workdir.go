package lower

import (
	"path"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/util/system"

	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
)

// workdir lowers WORKDIR. It makes the directory, with the stage's user as
// owner.
func (in instruction) workdir(s State, c *instructions.WorkdirCommand) (State, error) {
	// Only the first relative path depends on the base image.
	if !s.workdirSet && !system.IsAbs(c.Path, s.Platform.value.OS) {
		in.warnRelative(s, c)
	}
	s.workdirSet = true
	s, err := s.enter(c.Path)
	if err != nil {
		return s, err
	}
	dir := system.ToSlash(s.Image.Config.WorkingDir, s.Platform.value.OS)
	if dir == "/" {
		return in.history(s, "WORKDIR "+dir, false), nil
	}
	meta := in.meta()
	meta.Name = in.title(in.stage.next(), display(in.run.words, c.String(), s.Vars.all), &s.Platform.value, s.Vars.all)
	meta.IgnoreCache = s.ignoreCache
	f := ops.File{Base: s.Root}
	f.Mkdir(dir, 0o755, true, parseOwner(s.Image.Config.User), in.run.options.Args.Epoch)
	op := f.Op(meta)
	in.record(s, Step{Text: c.String(), Op: op, Parts: in.ownerAndTime(s)})
	s.Root = op
	return in.history(s, "WORKDIR "+dir, true), nil
}

// warnRelative warns of a path that depends on the working directory of the base
// image, and suggests that directory as its start.
func (in instruction) warnRelative(s State, c *instructions.WorkdirCommand) {
	rule := &linter.RuleWorkdirRelativePath
	in.lint.Run(rule, c.Location(), rule.Format(c.Path))
	if s.Platform.value.OS != "windows" {
		in.run.found.Suggest(rule.Name, c.Location(), path.Join("/", s.Image.Config.WorkingDir))
	}
}

// ownerAndTime returns the parts of the key from which the owner and the time
// of a directory stem.
func (in instruction) ownerAndTime(s State) (parts []ops.KeyPart) {
	if user := s.Image.Config.User; user != "" {
		parts = append(parts, ops.KeyPart{Kind: ops.KeyText, Name: "user", Value: user})
	}
	if epoch := in.run.options.Args.Epoch; epoch != nil {
		parts = append(parts, ops.KeyPart{Kind: ops.KeyVariable, Name: resolve.EpochArg, Value: epoch.UTC().String()})
	}
	return parts
}
