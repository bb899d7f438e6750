package lower

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/system"
	"github.com/moby/patternmatcher"
	mode "github.com/tonistiigi/dchapes-mode"

	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// transfer is what COPY and ADD have in common.
type transfer struct {
	keyword string
	code    string
	flags   *syntax.Flags
	instructions.SourcesAndDest
	from         llb.Output
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
		root, ok := in.read(s, from)
		if !ok {
			return s, fmt.Errorf("cannot copy from stage %q, it needs to be defined before current stage %q", c.From, in.node.Label)
		}
		t.from, t.ignore, used = root, nil, from.Paths
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
	owner := owner(t.chown)
	if t.link && owner.Named() {
		return s, fmt.Errorf("--chown=%s: user and group names can't be resolved when used with --link, use numeric uid[:gid] instead", t.chown)
	}
	permissions, err := parseChmod(t.chmod)
	if err != nil {
		return s, err
	}
	if permissions.symbols != "" && !in.knowsSymbols() {
		return s, fmt.Errorf("--chmod=%s: the builder knows permissions as numbers only (write them in octal, or use BuildKit 0.17 or later)", t.chmod)
	}
	if err := t.checkChecksum(); err != nil {
		return s, err
	}
	text := display(in.words, t.code, s.Env)
	step := in.next()
	files := fileAction{
		File:    ops.File{Meta: in.meta()},
		dest:    dest,
		chmod:   permissions,
		owner:   owner,
		exclude: t.exclude,
	}
	files.Name = in.title(step, text, &s.Platform, s.Env)
	files.IgnoreCache = s.anew
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
	if t.flags.NoCache {
		once, err := in.onceSalt()
		if err != nil {
			return s, err
		}
		files.addSalt([]string{once})
	}
	s.Root = in.place(s, t, &files, step, text)
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

// chmod is what --chmod says: bits, or symbols like u=rwX,go=rX.
type chmod struct {
	bits    int32 // -1 leaves the permissions as they are
	symbols string
}

func parseChmod(s string) (chmod, error) {
	if s == "" {
		return chmod{bits: -1}, nil
	}
	notOctal := fmt.Errorf("invalid chmod parameter: '%v'. it should be octal string and between 0 and 07777", s)
	octal, err := strconv.ParseUint(s, 8, 32)
	if err == nil {
		if octal > 0o7777 {
			return chmod{}, notOctal
		}
		return chmod{bits: int32(octal)}, nil
	}
	if _, err := mode.Parse(s); err != nil {
		var numeric *strconv.NumError
		if errors.As(err, &numeric) {
			return chmod{}, notOctal
		}
		return chmod{}, fmt.Errorf("invalid chmod parameter: '%v': %w", s, err)
	}
	return chmod{symbols: s}, nil
}

// knowsSymbols tells whether the builder can do more than bits; one that cannot
// would make files without any permission. No release reports the capability
// meant for it: another one came with the same release.
func (in instruction) knowsSymbols() bool { return in.supports(pb.CapGCFreeSpaceFilter) }

// fileAction is the file op of a COPY or ADD in the making.
type fileAction struct {
	ops.File
	dest    string
	chmod   chmod
	owner   *ops.Owner
	exclude []string
}

func (f *fileAction) add(from llb.Output, src string, c *pb.FileActionCopy) {
	c.Src, c.Dest = src, f.dest
	c.Mode, c.ModeStr = f.chmod.bits, f.chmod.symbols
	c.ExcludePatterns = f.exclude
	c.CreateDestPath = true
	f.Copy(from, f.owner, c)
}

// addInline adds a here-document as a file.
func (f *fileAction) addInline(s State, content instructions.SourceContent) error {
	name, err := system.CheckSystemDriveAndRemoveDriveLetter(content.Path, s.Platform.OS, false)
	if err != nil {
		return fmt.Errorf("removing drive letter: %w", err)
	}
	file := inlineFile(name, 0o644, content.Data)
	f.add(file, system.ToSlash(name, s.Platform.OS), &pb.FileActionCopy{})
	return nil
}
