// Package remote makes the sources that the daemon fetches for ADD and
// SOURCE_DATE_EPOCH: files of HTTP servers and Git repositories.
package remote

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/util/gitutil"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv/diag"
)

// A Source is a file of an HTTP server or a Git repository.
type Source struct {
	url string            // of a file
	git *dfgitutil.GitRef // nil for a file
}

// Options say how to fetch a source.
type Options struct {
	// Name is the name of the op in the progress display, empty for the
	// default.
	Name     string
	Checksum string
	// KeepGitDir keeps the directory .git; nil leaves it to the URL.
	KeepGitDir *bool
	// GitAdvice makes Git print its advice in the log.
	GitAdvice   bool
	IgnoreCache bool
}

// Parse parses a source of ADD. ok is false for a path.
func Parse(src string) (source Source, ok bool, err error) {
	if !mayBeURL(src) {
		return Source{}, false, nil
	}
	ref, isGit, err := dfgitutil.ParseGitRef(src)
	switch {
	case err != nil && isGit:
		return Source{}, false, err
	case err == nil && !ref.IndistinguishableFromLocal:
		return Source{git: ref}, true, nil
	case HasHTTPScheme(src):
		return Source{url: src}, true, nil
	}
	return Source{}, false, nil
}

// ParseDated parses the source of an ADD whose time is asked for. docker/dockerfile then
// takes a Git URL with a query that is in error as the URL of a file.
func ParseDated(src string) (source Source, ok bool, err error) {
	source, ok, err = Parse(src)
	if err != nil && HasHTTPScheme(src) {
		return Source{url: src}, true, nil
	}
	return source, ok, err
}

// CheckChecksum returns an error if ADD does not take --checksum for a source. ADD takes
// and ignores it for a path such as github.com/team/repo, and for an HTTP URL it reports
// what is wrong in the URL.
func CheckChecksum(src string) error {
	_, isGit, err := dfgitutil.ParseGitRef(src)
	if HasHTTPScheme(src) || isGit && err == nil {
		return nil
	}
	refused := errors.New("checksum requires HTTP(S) or Git sources")
	if isGit {
		return diag.WithHint(refused, "%v", err)
	}
	return refused
}

// mayBeURL reports whether a source may be a URL: https://host/file,
// git@host:path, github.com/name. Most sources are paths.
func mayBeURL(src string) bool {
	return strings.Contains(src, ":") || strings.HasPrefix(src, "github.com/")
}

// HasHTTPScheme reports whether a source starts with http:// or https://.
func HasHTTPScheme(src string) bool {
	return strings.HasPrefix(src, "http://") || strings.HasPrefix(src, "https://")
}

// IsGit reports whether the source is a Git repository.
func (s Source) IsGit() bool { return s.git != nil }

// Path is the path of the content in the filesystem that State gives.
func (s Source) Path() string {
	if s.git != nil {
		return "/"
	}
	return filename(s.url)
}

// filename is the name of the file that is downloaded from a URL.
func filename(src string) string {
	if u, err := url.Parse(src); err == nil {
		if base := path.Base(u.Path); base != "." && base != "/" {
			return base
		}
	}
	return "__unnamed__"
}

// Merge adds the query of a Git URL to the options. It returns an error if they
// contradict each other.
func (s Source) Merge(o Options) (Options, error) {
	if s.git == nil {
		return o, nil
	}
	if keep := s.git.KeepGitDir; keep != nil {
		if o.KeepGitDir != nil && *o.KeepGitDir != *keep {
			return o, errors.New("inconsistent keep-git-dir configuration")
		}
		o.KeepGitDir = keep
	}
	if sum := s.git.Checksum; sum != "" {
		if o.Checksum != "" && o.Checksum != sum {
			return o, fmt.Errorf("checksum mismatch %q != %q", o.Checksum, sum)
		}
		o.Checksum = sum
	}
	return o, nil
}

// Dated returns the source and the options to ask for the time of the source. Unlike
// for Merge, contradictions are not errors, as the stage may not be built: a checksum in
// the options takes precedence, and .git is kept if either asks for it. The query for a
// fetch by commit does not count.
func (s Source) Dated(o Options, hasChecksum bool) (Source, Options) {
	if s.git == nil {
		return s, o
	}
	git := *s.git
	git.FetchByCommit = false
	if o.KeepGitDir == nil || !*o.KeepGitDir {
		o.KeepGitDir = git.KeepGitDir
	}
	if !hasChecksum {
		o.Checksum = git.Checksum
	}
	return Source{git: &git}, o
}

// IsPinned reports whether a checksum or a commit fixes the content of the source.
func (s Source) IsPinned(o Options) bool {
	return o.Checksum != "" || s.git != nil && gitutil.IsCommitSHA(s.git.Ref)
}

// Pin returns the source and the options for a fixed content: a file with a digest,
// or a commit.
func (s Source) Pin(o Options, pin string) (Source, Options) {
	if s.git == nil {
		o.Checksum = pin
		return s, o
	}
	git := *s.git
	git.Ref = pin
	return Source{git: &git}, o
}

// Name is the source as ADD names it, without the query of a Git URL.
func (s Source) Name() string {
	if s.git == nil {
		return s.url
	}
	return s.git.Remote + s.fragment()
}

// Identifier is the name that BuildKit has for the source.
func (s Source) Identifier() string {
	if s.git == nil {
		return s.url
	}
	remote, err := gitutil.ParseURL(s.git.Remote)
	if err != nil { // a local path, which the daemon refuses
		return "git://" + s.git.Remote + s.fragment()
	}
	return "git://" + remote.Host + path.Join("/", remote.Path) + s.fragment()
}

// fragment is what a Git URL has after the repository.
func (s Source) fragment() string {
	subdir := strings.TrimPrefix(path.Join("/", s.git.SubDir), "/")
	switch {
	case subdir != "":
		return "#" + s.git.Ref + ":" + subdir
	case s.git.Ref != "":
		return "#" + s.git.Ref
	}
	return ""
}

// State returns the content of the source.
func (s Source) State(o Options) (llb.State, error) {
	if s.git != nil {
		return llb.Git(s.git.Remote, "", s.gitOptions(o)...), nil
	}
	opts := []llb.HTTPOption{llb.Filename(filename(s.url))}
	if o.Checksum != "" {
		sum, err := ParseChecksum(o.Checksum)
		if err != nil {
			return llb.State{}, err
		}
		opts = append(opts, llb.Checksum(sum))
	}
	for _, c := range o.constraints() {
		opts = append(opts, c)
	}
	return llb.HTTP(s.url, opts...), nil
}

// ParseChecksum parses the checksum of a file.
func ParseChecksum(text string) (digest.Digest, error) {
	sum, err := digest.Parse(text)
	if err != nil {
		return "", diag.WithHint(fmt.Errorf("checksum %q: %w", text, err), "write it as sha256:<64 hex digits>")
	}
	return sum, nil
}

func (s Source) gitOptions(o Options) []llb.GitOption {
	opts := []llb.GitOption{llb.GitRef(s.git.Ref)}
	if o.KeepGitDir != nil && *o.KeepGitDir {
		opts = append(opts, llb.KeepGitDir())
	}
	if o.Checksum != "" {
		opts = append(opts, llb.GitChecksum(o.Checksum))
	}
	if o.GitAdvice {
		opts = append(opts, llb.GitAdvice(true))
	}
	if s.git.SubDir != "" {
		opts = append(opts, llb.GitSubDir(s.git.SubDir))
	}
	if s.git.Submodules != nil && !*s.git.Submodules {
		opts = append(opts, llb.GitSkipSubmodules())
	}
	if s.git.FetchByCommit {
		opts = append(opts, llb.GitFetchByCommit())
	}
	for _, c := range o.constraints() {
		opts = append(opts, c)
	}
	return opts
}

func (o Options) constraints() (opts []llb.ConstraintsOpt) {
	if o.Name != "" {
		opts = append(opts, llb.WithCustomName(o.Name))
	}
	if o.IgnoreCache {
		opts = append(opts, llb.IgnoreCache)
	}
	return opts
}
