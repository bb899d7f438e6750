package lower

import (
	"errors"
	"fmt"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/expand"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// RemoteOptions say how to read a stage that stands for a remote source.
type RemoteOptions struct {
	// Args are the global args; they are changed.
	Args      *env.List
	BuildArgs map[string]string
	Escape    rune
	GitAdvice bool
}

// RemoteSource is the source of a stage that consists of one ADD of an HTTP or
// Git source on scratch, and the args for it. SOURCE_DATE_EPOCH can name one.
func RemoteSource(s *syntax.Stage, opt RemoteOptions) (*llb.State, error) {
	r := remote{RemoteOptions: opt, lex: expand.New(opt.Escape)}
	base, err := r.word(s.BaseName)
	if err != nil {
		return nil, fmt.Errorf("failed to process source stage base name %q: %w", s.BaseName, err)
	}
	if base != "scratch" {
		return nil, notRemote("stage must use FROM scratch")
	}
	var found *llb.State
	for _, in := range s.Instructions {
		switch c := in.Command.(type) {
		case *instructions.ArgCommand:
			err = r.declare(c)
		case *instructions.AddCommand:
			if found != nil {
				return nil, notRemote("stage must contain exactly one remote ADD")
			}
			found, err = r.source(c)
		default:
			err = notRemote(fmt.Sprintf("stage does not meet source-only requirements: unsupported %s instruction", in.Name()))
		}
		if err != nil {
			return nil, err
		}
	}
	if found == nil {
		return nil, notRemote("stage must contain exactly one remote ADD")
	}
	return found, nil
}

func notRemote(text string) error { return errors.New("SOURCE_DATE_EPOCH " + text) }

type remote struct {
	RemoteOptions
	lex *expand.Lexer
}

func (r remote) word(w string) (string, error) {
	word, _, err := r.lex.Word(w, r.Args)
	return word, err
}

func (r remote) declare(c *instructions.ArgCommand) error {
	for _, a := range c.Args {
		value, given := r.BuildArgs[a.Key]
		if !given && a.Value == nil {
			continue
		}
		if !given {
			var err error
			if value, err = r.word(*a.Value); err != nil {
				return err
			}
		}
		r.Args.Set(a.Key, value)
	}
	return nil
}

func (r remote) source(c *instructions.AddCommand) (*llb.State, error) {
	if len(c.SourceContents) != 0 || len(c.SourcePaths) != 1 {
		return nil, notRemote("stage must contain exactly one remote ADD source")
	}
	src, err := r.word(c.SourcePaths[0])
	if err != nil {
		return nil, err
	}
	sum, err := r.word(c.Checksum)
	if err != nil {
		return nil, err
	}
	if isHTTP(src) {
		return httpSource(src, sum)
	}
	ref, isGit, err := dfgitutil.ParseGitRef(src)
	switch {
	case err != nil && isGit:
		return nil, err
	case err != nil || ref.IndistinguishableFromLocal:
		return nil, notRemote("stage source must be a single HTTP(S) or Git ADD")
	}
	return r.gitSource(ref, c, sum), nil
}

func httpSource(src, sum string) (*llb.State, error) {
	var checksum digest.Digest
	if sum != "" {
		var err error
		if checksum, err = digest.Parse(sum); err != nil {
			return nil, err
		}
	}
	st := llb.HTTP(src, llb.Filename(URLFilename(src)), llb.Checksum(checksum))
	return &st, nil
}

func (r remote) gitSource(ref *dfgitutil.GitRef, c *instructions.AddCommand, sum string) *llb.State {
	opts := append([]llb.GitOption{llb.GitRef(ref.Ref)}, gitOptions(ref, r.GitAdvice)...)
	if (c.KeepGitDir != nil && *c.KeepGitDir) || (ref.KeepGitDir != nil && *ref.KeepGitDir) {
		opts = append(opts, llb.KeepGitDir())
	}
	if sum == "" {
		sum = ref.Checksum
	}
	if sum != "" {
		opts = append(opts, llb.GitChecksum(sum))
	}
	st := llb.Git(ref.Remote, "", opts...)
	return &st
}
