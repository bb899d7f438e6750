package resolve

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/expand"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/remote"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// EpochArg is the build arg or global arg for the time of a reproducible build:
// a number of seconds, or the name of a source that has a time. The source is
// "context", a named context, or a stage with a remote ADD and nothing else.
const EpochArg = "SOURCE_DATE_EPOCH"

// Seconds parses a value of EpochArg that is a number.
func Seconds(value string) (time.Time, bool) {
	seconds, err := strconv.ParseInt(value, 10, 64)
	return time.Unix(seconds, 0).UTC(), err == nil
}

// Epoch looks up the time of the source that a value of EpochArg names, nil if
// the source has none.
func Epoch(ctx context.Context, value string, f *syntax.File, globals plan.Globals, opt Options) (_ *time.Time, err error) {
	defer guard.Recover(&err)
	e := epoch{globals: globals.Without(EpochArg), options: opt, words: expand.New(f.Escape)}
	st, name, err := e.source(ctx, value, f)
	if err != nil || st == nil {
		return nil, err
	}
	return opt.Contexts.Time(ctx, *st, name)
}

type epoch struct {
	globals plan.Globals
	options Options
	words   *expand.Lexer
}

// source returns the source that the value names, and a name for the progress
// display. The state is nil if there are no contexts to ask.
func (e epoch) source(ctx context.Context, value string, f *syntax.File) (*llb.State, string, error) {
	contexts := e.options.Contexts
	if value == "context" {
		if contexts == nil {
			return nil, "", nil
		}
		main, err := contexts.Main(ctx)
		return &main.Content.State, "[internal] resolve main build context metadata", err
	}
	nc, err := source.Lookup(contexts, value, source.ContextOptions{})
	if err != nil {
		return nil, "", err
	}
	if nc != nil {
		content, _, err := nc.Load(ctx)
		return &content.State, "[internal] resolve " + EpochArg + " named context " + value, err
	}
	for i := range f.Stages {
		s := &f.Stages[i]
		if !strings.EqualFold(s.Name, value) {
			continue
		}
		st, err := e.stageSource(s)
		if contexts == nil {
			st = nil
		}
		return st, "[internal] resolve " + EpochArg + " source stage " + s.Name, parser.WithLocation(err, s.Location)
	}
	return nil, "", diag.WithHint(fmt.Errorf("invalid %s: %s", EpochArg, value),
		"use a number of seconds, \"context\", or the name of a context or stage")
}

// stageSource returns the source of a stage that has nothing but ARGs and one
// remote ADD on scratch.
func (e epoch) stageSource(s *syntax.Stage) (*llb.State, error) {
	args := e.globals.Env.Clone()
	base, _, err := e.words.Word(s.BaseName, args)
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
			err = e.declare(args, c)
		case *instructions.AddCommand:
			if found != nil {
				return nil, notRemote("stage must contain exactly one remote ADD")
			}
			found, err = e.added(args, c)
		default:
			err = notRemote(fmt.Sprintf("stage does not meet source-only requirements: unsupported %s instruction", c.Name()))
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

// notRemote is the error about a stage that is not a remote source.
func notRemote(text string) error { return errors.New(EpochArg + " " + text) }

// declare adds the args that an ARG declares.
func (e epoch) declare(args *env.List, c *instructions.ArgCommand) error {
	for _, a := range c.Args {
		value, given := e.options.BuildArgs[a.Key]
		if !given && a.Value == nil {
			continue
		}
		if !given {
			var err error
			if value, _, err = e.words.Word(*a.Value, args); err != nil {
				return err
			}
		}
		args.Set(a.Key, value)
	}
	return nil
}

func (e epoch) added(args *env.List, c *instructions.AddCommand) (*llb.State, error) {
	if len(c.SourceContents) != 0 || len(c.SourcePaths) != 1 {
		return nil, notRemote("stage must contain exactly one remote ADD source")
	}
	name, _, err := e.words.Word(c.SourcePaths[0], args)
	if err != nil {
		return nil, err
	}
	src, isRemote, err := remote.ParseDated(name)
	if err != nil {
		return nil, err
	}
	if !isRemote {
		return nil, notRemote("stage source must be a single HTTP(S) or Git ADD")
	}
	sum, err := e.checksum(args, c, src)
	if err != nil {
		return nil, err
	}
	opt := remote.Options{Checksum: sum, KeepGitDir: c.KeepGitDir, GitAdvice: e.options.GitAdvice}
	src, opt = src.Dated(opt, c.Checksum != "")
	st, err := src.State(opt)
	return &st, err
}

// checksum returns the checksum of an ADD. It is an error if that of a file is set, but
// expands to nothing.
func (e epoch) checksum(args *env.List, c *instructions.AddCommand, src remote.Source) (string, error) {
	sum, _, err := e.words.Word(c.Checksum, args)
	if err == nil && c.Checksum != "" && sum == "" && !src.IsGit() {
		_, err = remote.ParseChecksum(sum)
	}
	return sum, err
}
