package lower

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/system"
	"github.com/moby/patternmatcher"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/remote"
)

// addSource adds one source of a COPY or ADD: a Git repository, a URL, or files.
// name is the name of the op that fetches a repository or a URL.
func (in instruction) addSource(s State, spec *copySpec, target copyTarget, name string, f *ops.File, src string) error {
	source, isRemote, err := remote.Parse(src)
	if err != nil {
		return err
	}
	if isRemote {
		return in.addRemote(spec, target, name, f, source)
	}
	in.checkIgnored(*spec, src)
	c := ops.Copy{
		FollowSymlink: true,
		DirContents:   true,
		Unpack:        spec.add != nil,
		Wildcard:      true,
		EmptyWildcard: true,
	}
	if spec.add != nil && spec.add.unpack != nil {
		c.Unpack = *spec.add.unpack
	}
	os := s.Platform.value.OS
	if spec.parents {
		if src, err = keepParents(src, os, &c); err != nil {
			return err
		}
		in.dropRequired(*spec, &c)
	}
	if c.Source, err = system.NormalizePath("/", src, os, false); err != nil {
		return fmt.Errorf("removing drive letter: %w", err)
	}
	target.add(f, spec.from, c)
	return nil
}

// keepParents makes a copy keep the parent directories of the files that it finds:
// those of the whole path, or those after the pivot "/./". It returns the directory
// to copy from.
func keepParents(src, os string, c *ops.Copy) (string, error) {
	root, pattern, pivot := strings.Cut(src, "/./")
	if !pivot {
		root, pattern = "/", src
	}
	pattern, err := system.NormalizePath("/", pattern, os, false)
	if err != nil {
		return "", fmt.Errorf("removing drive letter: %w", err)
	}
	c.Include = []string{strings.TrimPrefix(pattern, "/")}
	if hasWildcard(root) || hasWildcard(pattern) {
		return root, nil
	}
	required, err := system.NormalizePath("/", filepath.Join(root, pattern), os, false)
	if err != nil {
		return "", fmt.Errorf("removing drive letter: %w", err)
	}
	c.Required = []string{required}
	return root, nil
}

// dropRequired leaves out the required paths if the daemon does not check them. The
// copy is the same for files that exist.
func (in instruction) dropRequired(spec copySpec, c *ops.Copy) {
	if len(c.Required) == 0 || in.run.supports(pb.CapFileCopyRequiredPaths) {
		return
	}
	in.warn(diag.Diagnostic{
		Code:    "ParentsUnchecked",
		Message: fmt.Sprintf("this %s --parents copies nothing if %s is missing: this BuildKit does not check it; use a newer one", spec.keyword, c.Required[0]),
		Detail:  "With a newer BuildKit a source of --parents without wildcards has to exist",
	})
	c.Required = nil
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

// checkIgnored reports a source that the ignore file excludes. If the ignore file
// has exceptions, only the files themselves could tell.
func (in instruction) checkIgnored(spec copySpec, src string) {
	if spec.ignore == nil || spec.ignore.Exclusions() {
		return
	}
	src = filepath.ToSlash(filepath.Clean(src))
	if (src == "." || src == "/") && !ignoresAll(spec.ignore) {
		return
	}
	if matched, err := spec.ignore.MatchesOrParentMatches(src); err != nil || !matched {
		return
	}
	keyword := "Copy"
	if spec.add != nil {
		keyword = "Add"
	}
	rule := &linter.RuleCopyIgnoredFile
	in.lint.Run(rule, in.location(), rule.Format(keyword, src))
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
