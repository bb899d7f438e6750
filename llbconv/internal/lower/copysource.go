package lower

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/system"
	"github.com/moby/patternmatcher"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/remote"
)

// A fileSource is one source of a COPY or ADD: a filesystem, and what to copy of it.
type fileSource struct {
	root llb.Output
	copy ops.Copy
}

// copies returns an op that copies the sources of a COPY or ADD: Git repositories,
// URLs, files, then here-documents. name is the name of the ops that fetch
// repositories and URLs.
func (in instruction) copies(s State, spec copySpec, target copyTarget, name string) (file ops.File, err error) {
	fetch := remote.Options{}
	if spec.add != nil {
		fetch = spec.add.fetch
	}
	fetch.Name = name
	for _, word := range spec.files.SourcePaths {
		src, isRemote, err := remote.Parse(word)
		if err != nil {
			return file, err
		}
		var from fileSource
		if isRemote {
			from, fetch, err = in.remoteSource(spec, fetch, src)
		} else {
			from, err = in.pathSource(s, spec, word)
		}
		if err != nil {
			return file, err
		}
		file.Copy(from.root, target.owner, target.complete(from.copy))
	}
	for _, content := range spec.files.SourceContents {
		from, err := inlineSource(s, content)
		if err != nil {
			return file, err
		}
		file.Copy(from.root, target.owner, target.complete(from.copy))
	}
	return file, nil
}

// inlineSource returns a here-document as a file.
func inlineSource(s State, content instructions.SourceContent) (fileSource, error) {
	os := s.Platform.value.OS
	name, err := system.CheckSystemDriveAndRemoveDriveLetter(content.Path, os, false)
	if err != nil {
		return fileSource{}, fmt.Errorf("removing drive letter: %w", err)
	}
	return fileSource{inlineFile(name, 0o644, content.Data), ops.Copy{Source: system.ToSlash(name, os)}}, nil
}

// pathSource returns files of the build context or of a stage.
func (in instruction) pathSource(s State, spec copySpec, src string) (from fileSource, err error) {
	in.checkIgnored(spec, src)
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
		parents, err := keepParents(src, os)
		if err != nil {
			return fileSource{}, err
		}
		src = parents.root
		c.Include, c.Required = []string{parents.pattern}, in.checkedPaths(spec, parents.required)
	}
	if c.Source, err = system.NormalizePath("/", src, os, false); err != nil {
		return fileSource{}, fmt.Errorf("removing drive letter: %w", err)
	}
	return fileSource{spec.from.Output, c}, nil
}

// A parentsCopy is a copy that keeps the parent directories of the files that it
// finds.
type parentsCopy struct {
	// root is the directory to copy from, pattern selects the files in it.
	root, pattern string
	// required are the paths that have to exist.
	required []string
}

// keepParents returns the copy of a source of --parents. It keeps the directories
// of the whole path, or those after the pivot "/./".
func keepParents(src, os string) (parentsCopy, error) {
	root, pattern, pivot := strings.Cut(src, "/./")
	if !pivot {
		root, pattern = "/", src
	}
	pattern, err := system.NormalizePath("/", pattern, os, false)
	if err != nil {
		return parentsCopy{}, fmt.Errorf("removing drive letter: %w", err)
	}
	c := parentsCopy{root: root, pattern: strings.TrimPrefix(pattern, "/")}
	if hasWildcard(root) || hasWildcard(pattern) {
		return c, nil
	}
	required, err := system.NormalizePath("/", filepath.Join(root, pattern), os, false)
	if err != nil {
		return parentsCopy{}, fmt.Errorf("removing drive letter: %w", err)
	}
	c.required = []string{required}
	return c, nil
}

// checkedPaths returns the required paths of a copy, none if the daemon does not
// check them. The copy is the same for files that exist.
func (in instruction) checkedPaths(spec copySpec, required []string) []string {
	if len(required) == 0 || in.run.supports(pb.CapFileCopyRequiredPaths) {
		return required
	}
	in.warn(diag.Diagnostic{
		Kind:    diag.Kind{Code: "ParentsUnchecked", Detail: "With a newer BuildKit a source of --parents without wildcards has to exist"},
		Message: fmt.Sprintf("this %s --parents copies nothing if %s is missing: this BuildKit does not check it; use a newer one", spec.keyword, required[0]),
	})
	return nil
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
	if spec.from.Ignore == nil || spec.from.Ignore.Exclusions() {
		return
	}
	src = filepath.ToSlash(filepath.Clean(src))
	if (src == "." || src == "/") && !ignoresAll(spec.from.Ignore) {
		return
	}
	if matched, err := spec.from.Ignore.MatchesOrParentMatches(src); err != nil || !matched {
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
