package lower

import (
	"fmt"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/util/system"

	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// workdir lowers WORKDIR: the directory is made, owned by the stage's user.
func (in instruction) workdir(s State, c *instructions.WorkdirCommand) (State, error) {
	// Only the first relative path depends on the base image.
	if !s.workdirSet && !system.IsAbs(c.Path, s.Platform.OS) {
		rule := &linter.RuleWorkdirRelativePath
		in.lint.Run(rule, c.Location(), rule.Format(c.Path))
	}
	s.workdirSet = true
	s, err := s.enter(c.Path)
	if err != nil {
		return s, fmt.Errorf("normalizing workdir: %w", err)
	}
	dir := system.ToSlash(s.Image.Config.WorkingDir, s.Platform.OS)
	if dir == "/" {
		return in.history(s, "WORKDIR "+dir, false), nil
	}
	f := ops.File{Meta: in.meta(), Base: s.Root}
	f.Name = in.title(in.next(), display(in.words, c.String(), s.Env), &s.Platform, s.Env)
	f.IgnoreCache = s.anew
	f.Mkdir(dir, 0o755, true, owner(s.Image.Config.User), in.Epoch)
	s.Root = f.Op()
	return in.history(s, "WORKDIR "+dir, true), nil
}

// owner is who shall own a file, nil where that is not said.
func owner(user string) *ops.Owner {
	if user == "" {
		return nil
	}
	return ops.ParseOwner(user)
}
