package lower

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/util/system"
	"github.com/moby/patternmatcher"
	mode "github.com/tonistiigi/dchapes-mode"

	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// transfer is what COPY and ADD have in common.
type transfer struct {
	keyword string
	code    string
	flags   syntax.Flags
	instructions.SourcesAndDest
	from         llb.State
	ignore       *patternmatcher.PatternMatcher // of the context that is read
	chown, chmod string
	exclude      []string
	link         bool
	parents      bool
	// add is nil for COPY.
	add *addition
}

// copy lowers COPY.
func (in instruction) copy(s State, c *instructions.CopyCommand) (State, error) {
	t := transfer{
		keyword:        "COPY",
		code:           c.String(),
		flags:          in.Flags,
		SourcesAndDest: c.SourcesAndDest,
		from:           in.MainContext,
		ignore:         in.Ignore,
		chown:          c.Chown,
		chmod:          c.Chmod,
		exclude:        c.ExcludePatterns,
		link:           c.Link,
		parents:        c.Parents,
	}
	used := in.used
	if len(in.Sources) > 0 {
		from := in.Sources[0]
		result, ok := in.results[from]
		if !ok {
			return s, fmt.Errorf("cannot copy from stage %q, it needs to be defined before current stage %q", c.From, in.node.Label)
		}
		t.from, t.ignore, used = llb.NewState(result.Root), nil, from.Paths
	}
	s, err := in.transfer(s, t)
	if err == nil {
		mark(used, c.SourcePaths)
	}
	return s, err
}

// mark notes paths as used.
func mark(used plan.PathSet, sources []string) {
	for _, src := range sources {
		used[path.Join("/", filepath.ToSlash(src))] = struct{}{}
	}
}

// transfer makes one file op of all sources.
func (in instruction) transfer(s State, t transfer) (State, error) {
	dest, err := s.absolute(t.DestPath)
	if err != nil {
		return s, err
	}
	chmod, err := parseChmod(t.chmod)
	if err != nil {
		return s, err
	}
	if err := t.checkChecksum(); err != nil {
		return s, err
	}
	text := display(in.words, t.code, s.Env)
	step := in.next()
	files := fileAction{
		dest:  dest,
		chmod: chmod,
		title: in.title(step, text, &s.Platform, s.Env),
		opts:  t.copyOptions(),
	}
	for _, src := range t.SourcePaths {
		if err := in.addSource(s, &t, &files, src); err != nil {
			return s, err
		}
	}
	for _, content := range t.SourceContents {
		if err := files.addInline(s, content); err != nil {
			return s, err
		}
	}
	s.Root = in.place(s, t, files, step, text)
	return in.history(s, t.createdBy(), true), nil
}

// createdBy is the line of history. It shows the flags that Docker shows.
func (t transfer) createdBy() string {
	words := []string{withFlags(t.keyword, t.flags)}
	if t.parents {
		words = append(words, "--parents")
	}
	if t.chown != "" {
		words = append(words, "--chown="+t.chown)
	}
	if t.chmod != "" {
		words = append(words, "--chmod="+t.chmod)
	}
	words = append(words, t.SourcePaths...)
	for _, content := range t.SourceContents {
		words = append(words, "<<"+content.Path)
	}
	return strings.Join(append(words, t.DestPath, "#", "buildkit"), " ")
}

func (t transfer) copyOptions() []llb.CopyOption {
	var opts []llb.CopyOption
	if t.chown != "" {
		opts = append(opts, llb.WithUser(t.chown))
	}
	if len(t.exclude) > 0 {
		opts = append(opts, llb.WithExcludePatterns(t.exclude))
	}
	return opts
}

// absolute is a destination path as seen from the working directory. A slash
// at the end is kept: it makes the destination a directory.
func (s State) absolute(p string) (string, error) {
	os := s.Platform.OS
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

// parseChmod reads --chmod: octal, or symbolic like u=rwX,go=rX.
func parseChmod(s string) (*llb.ChmodOpt, error) {
	if s == "" {
		return nil, nil
	}
	notOctal := fmt.Errorf("invalid chmod parameter: '%v'. it should be octal string and between 0 and 07777", s)
	octal, err := strconv.ParseUint(s, 8, 32)
	if err == nil {
		if octal > 0o7777 {
			return nil, notOctal
		}
		return &llb.ChmodOpt{Mode: os.FileMode(octal)}, nil
	}
	if _, err := mode.Parse(s); err != nil {
		var numeric *strconv.NumError
		if errors.As(err, &numeric) {
			return nil, notOctal
		}
		return nil, fmt.Errorf("invalid chmod parameter: '%v': %w", s, err)
	}
	return &llb.ChmodOpt{ModeStr: s}, nil
}

// fileAction is a file op in the making.
type fileAction struct {
	*llb.FileAction
	dest  string
	chmod *llb.ChmodOpt
	opts  []llb.CopyOption
	title string
}

func (f *fileAction) add(from llb.State, src string, info llb.CopyInfo) {
	info.Mode = f.chmod
	info.CreateDestPath = true
	opts := slices.Concat([]llb.CopyOption{&info}, f.opts)
	if f.FileAction == nil {
		f.FileAction = llb.Copy(from, src, f.dest, opts...)
		return
	}
	f.FileAction = f.Copy(from, src, f.dest, opts...)
}

// addInline adds a here-document as a file.
func (f *fileAction) addInline(s State, content instructions.SourceContent) error {
	name, err := system.CheckSystemDriveAndRemoveDriveLetter(content.Path, s.Platform.OS, false)
	if err != nil {
		return fmt.Errorf("removing drive letter: %w", err)
	}
	file := llb.Scratch().File(llb.Mkfile(name, 0o644, []byte(content.Data)), internalName("preparing inline document"))
	f.add(file, system.ToSlash(name, s.Platform.OS), llb.CopyInfo{})
	return nil
}
