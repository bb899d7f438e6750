package lower

import (
	"fmt"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/util/system"
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
	title := in.title(in.next(), display(in.words, c.String(), s.Env), &s.Platform, s.Env)
	opts := []llb.ConstraintsOpt{llb.WithCustomName(title), in.at(c.Location())}
	if in.node.NoCache {
		opts = append(opts, llb.IgnoreCache)
	}
	s.Root = s.files().File(llb.Mkdir(dir, 0o755, in.mkdirOptions(s)...), opts...).Output()
	return in.history(s, "WORKDIR "+dir, true), nil
}

func (in instruction) mkdirOptions(s State) []llb.MkdirOption {
	opts := []llb.MkdirOption{llb.WithParents(true)}
	if user := s.Image.Config.User; user != "" {
		opts = append(opts, llb.WithUser(user))
	}
	if in.Epoch != nil {
		opts = append(opts, llb.WithCreatedTime(*in.Epoch))
	}
	return opts
}
