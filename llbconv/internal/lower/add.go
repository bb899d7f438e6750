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
	// fetch says how to fetch remote sources.
	fetch  remote.Options
	unpack *bool
}

// add lowers ADD.
func (in instruction) add(s State, c *instructions.AddCommand) (State, error) {
	for _, src := range c.SourcePaths {
		if !remote.HasHTTPScheme(src) {
			in.run.done.Reads.Context.add(src)
		}
	}
	return in.copyFiles(s, copySpec{
		keyword: "ADD",
		code:    c.String(),
		files:   c.SourcesAndDest,
		from:    in.run.options.Context,
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
	return remote.CheckChecksum(sources[0])
}

// remoteSource returns the files of a Git repository, or the file of a URL, which is
// unpacked only with --unpack. It also returns the options for the sources after
// it, as the query of a Git URL applies to these.
func (in instruction) remoteSource(spec copySpec, fetch remote.Options, src remote.Source) (fileSource, remote.Options, error) {
	if spec.add == nil && src.IsGit() {
		return fileSource{}, fetch, diag.WithHint(errors.New("source can't be a git ref for COPY"), "use ADD")
	}
	if spec.add == nil {
		return fileSource{}, fetch, diag.WithHint(errors.New("source can't be a URL for COPY"), "use ADD")
	}
	merged, err := src.Merge(fetch)
	if err != nil {
		return fileSource{}, fetch, err
	}
	st, err := in.remoteState(src, merged)
	if err != nil {
		return fileSource{}, merged, err
	}
	unpack := !src.IsGit() && spec.add.unpack != nil && *spec.add.unpack
	return fileSource{st.Output(), ops.Copy{Source: src.Path(), Unpack: unpack}}, merged, nil
}
