package lower

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/system"
	"github.com/moby/patternmatcher"

	"github.com/stratabuild/strata/llbconv/diag"
)

// addSource adds one source of a COPY or ADD: a Git repository, a URL, or
// files.
func (in instruction) addSource(s State, t *transfer, files *fileAction, src string) error {
	if looksRemote(src) {
		ref, isGit, err := dfgitutil.ParseGitRef(src)
		switch {
		case err != nil && isGit:
			return err
		case err == nil && !ref.IndistinguishableFromLocal:
			return in.addGit(t, files, ref)
		case isHTTP(src):
			return in.addURL(t, files, src)
		}
	}
	in.checkIgnored(*t, src)
	return in.addFiles(s, *t, files, src)
}

// looksRemote spares most sources, which are paths, from being read as URLs:
// those have a colon (https://host/file, git@host:path), but for one form.
func looksRemote(src string) bool {
	return strings.Contains(src, ":") || strings.HasPrefix(src, "github.com/")
}

// addFiles adds files of a context or of another stage.
func (in instruction) addFiles(s State, t transfer, files *fileAction, src string) error {
	action := &pb.FileActionCopy{
		FollowSymlink:                    true,
		DirCopyContents:                  true,
		AttemptUnpackDockerCompatibility: t.add != nil,
		AllowWildcard:                    true,
		AllowEmptyWildcard:               true,
	}
	if t.add != nil && t.add.unpack != nil {
		action.AttemptUnpackDockerCompatibility = *t.add.unpack
	}
	os := s.Platform.OS
	var err error
	if t.parents {
		if src, err = keepParents(src, os, action); err != nil {
			return err
		}
		in.dropRequired(t, action)
	}
	if src, err = system.NormalizePath("/", src, os, false); err != nil {
		return fmt.Errorf("removing drive letter: %w", err)
	}
	files.add(t.from, src, action)
	return nil
}

// keepParents makes a copy keep the parent directories of what it finds: of
// the whole path, or of what follows the pivot "/./". It returns the directory
// to copy from.
func keepParents(src, os string, action *pb.FileActionCopy) (string, error) {
	root, pattern, pivot := strings.Cut(src, "/./")
	if !pivot {
		root, pattern = "/", src
	}
	pattern, err := system.NormalizePath("/", pattern, os, false)
	if err != nil {
		return "", fmt.Errorf("removing drive letter: %w", err)
	}
	action.IncludePatterns = []string{strings.TrimPrefix(pattern, "/")}
	if hasWildcard(root) || hasWildcard(pattern) {
		return root, nil
	}
	required, err := system.NormalizePath("/", filepath.Join(root, pattern), os, false)
	if err != nil {
		return "", fmt.Errorf("removing drive letter: %w", err)
	}
	action.RequiredPaths = []string{required}
	return root, nil
}

// dropRequired leaves out what a builder does not check. The copy is the same
// for files that exist.
func (in instruction) dropRequired(t transfer, action *pb.FileActionCopy) {
	if len(action.RequiredPaths) == 0 || in.supports(pb.CapFileCopyRequiredPaths) {
		return
	}
	in.warn(diag.Diagnostic{
		Code:    "ParentsUnchecked",
		Message: fmt.Sprintf("this %s --parents copies nothing if %s is missing: the builder does not check it; use a newer BuildKit", t.keyword, action.RequiredPaths[0]),
		Detail:  "With a newer builder a source of --parents without wildcards has to exist",
	})
	action.RequiredPaths = nil
}

func hasWildcard(name string) bool {
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '*', '?', '[':
			return true
		case '\\':
			i++
		}
	}
	return false
}

// checkIgnored reports a source that the ignore file excludes. Where the file
// has exceptions, it cannot be told without looking at the files.
func (in instruction) checkIgnored(t transfer, src string) {
	if t.ignore == nil || t.ignore.Exclusions() {
		return
	}
	src = filepath.ToSlash(filepath.Clean(src))
	if (src == "." || src == "/") && !ignoresAll(t.ignore) {
		return
	}
	if matched, err := t.ignore.MatchesOrParentMatches(src); err != nil || !matched {
		return
	}
	keyword := "Copy"
	if t.add != nil {
		keyword = "Add"
	}
	rule := &linter.RuleCopyIgnoredFile
	in.lint.Run(rule, in.Location(), rule.Format(keyword, src))
}

func ignoresAll(m *patternmatcher.PatternMatcher) bool {
	for _, p := range m.Patterns() {
		switch p.String() {
		case "*", "**", "**/*":
			return true
		}
	}
	return false
}
