package lower

import (
	"errors"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/remote"
)

// addSpec holds the options that only ADD has.
type addSpec struct {
	// fetch says how to fetch remote sources. The query of a Git URL also
	// applies to the sources after it.
	fetch  remote.Options
	unpack *bool
}

// add lowers ADD.
func (in instruction) add(s State, c *instructions.AddCommand) (State, error) {
	for _, src := range c.SourcePaths {
		if !remote.HasHTTPScheme(src) {
			in.run.reads.Context.add(src)
		}
	}
	return in.copyFiles(s, copySpec{
		keyword: "ADD",
		code:    c.String(),
		files:   c.SourcesAndDest,
		from:    in.run.options.Context.Output,
		ignore:  in.run.options.Context.Ignore,
		chown:   c.Chown,
		chmod:   c.Chmod,
		exclude: c.ExcludePatterns,
		link:    c.Link,
		add: &addSpec{
			fetch: remote.Options{
				Checksum:    c.Checksum,
				KeepGitDir:  c.KeepGitDir,
				GitAdvice:   in.run.options.Daemon.GitAdvice,
				IgnoreCache: in.step.Instruction.Flags.NoCache,
			},
			unpack: c.Unpack,
		},
	})
}

func (spec copySpec) checkChecksum() error {
	if spec.add == nil || spec.add.fetch.Checksum == "" {
		return nil
	}
	sources := spec.files.SourcePaths
	if len(sources) != 1 {
		return errors.New("checksum can't be specified for multiple sources")
	}
	if _, isRemote, err := remote.Parse(sources[0]); !isRemote && err == nil {
		return errors.New("checksum requires HTTP(S) or Git sources")
	}
	return nil
}

// addRemote adds the files of a Git repository, or the file of a URL, which is
// unpacked only with --unpack.
func (in instruction) addRemote(spec *copySpec, target copyTarget, name string, f *ops.File, src remote.Source) error {
	if spec.add == nil && src.IsGit() {
		return diag.WithHint(errors.New("source can't be a git ref for COPY"), "use ADD")
	}
	if spec.add == nil {
		return diag.WithHint(errors.New("source can't be a URL for COPY"), "use ADD")
	}
	merged, err := src.Merge(spec.add.fetch)
	if err != nil {
		return err
	}
	spec.add.fetch = merged
	merged.Name = name
	st, err := in.fetch(src, merged)
	if err != nil {
		return err
	}
	unpack := !src.IsGit() && spec.add.unpack != nil && *spec.add.unpack
	target.add(f, st.Output(), ops.Copy{Source: src.Path(), Unpack: unpack})
	return nil
}
