package lower

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

// addition is what only ADD takes.
type addition struct {
	checksum   string
	keepGitDir *bool
	unpack     *bool
}

// add lowers ADD.
func (in instruction) add(s State, c *instructions.AddCommand) (State, error) {
	s, err := in.transfer(s, transfer{
		keyword:        "ADD",
		code:           c.String(),
		flags:          in.Flags,
		SourcesAndDest: c.SourcesAndDest,
		from:           in.MainContext,
		ignore:         in.Ignore,
		chown:          c.Chown,
		chmod:          c.Chmod,
		exclude:        c.ExcludePatterns,
		link:           c.Link,
		add:            &addition{checksum: c.Checksum, keepGitDir: c.KeepGitDir, unpack: c.Unpack},
	})
	if err != nil {
		return s, err
	}
	for _, src := range c.SourcePaths {
		if !hasHTTPScheme(src) {
			mark(in.used, []string{src})
		}
	}
	return s, nil
}

func (t transfer) checkChecksum() error {
	switch {
	case t.add == nil || t.add.checksum == "":
		return nil
	case len(t.SourcePaths) != 1:
		return errors.New("checksum can't be specified for multiple sources")
	case !isHTTP(t.SourcePaths[0]) && !isGit(t.SourcePaths[0]):
		return errors.New("checksum requires HTTP(S) or Git sources")
	}
	return nil
}

// addURL adds what an HTTP server gives. It is unpacked only where that is
// asked for.
func (in instruction) addURL(t *transfer, files *fileAction, src string) error {
	if t.add == nil {
		return errors.New("source can't be a URL for COPY (use ADD)")
	}
	var sum digest.Digest
	if t.add.checksum != "" {
		var err error
		if sum, err = digest.Parse(t.add.checksum); err != nil {
			return fmt.Errorf("checksum %q: %w (write it as sha256:<64 hex digits>)", t.add.checksum, err)
		}
	}
	name := URLFilename(src)
	opts := []llb.HTTPOption{llb.Filename(name), llb.WithCustomName(files.Name), llb.Checksum(sum)}
	if t.flags.NoCache {
		opts = append(opts, llb.IgnoreCache)
	}
	files.add(llb.HTTP(src, opts...).Output(), name, &pb.FileActionCopy{
		AttemptUnpackDockerCompatibility: t.add.unpack != nil && *t.add.unpack,
	})
	return nil
}

// URLFilename is the file name that the content of a URL gets.
func URLFilename(src string) string {
	if u, err := url.Parse(src); err == nil {
		if base := path.Base(u.Path); base != "." && base != "/" {
			return base
		}
	}
	return "__unnamed__"
}

// addGit adds the files of a Git repository. What a URL says of the checkout
// holds for the sources after it as well.
func (in instruction) addGit(t *transfer, files *fileAction, ref *dfgitutil.GitRef) error {
	if t.add == nil {
		return errors.New("source can't be a git ref for COPY (use ADD)")
	}
	if err := t.add.merge(ref); err != nil {
		return err
	}
	opts := []llb.GitOption{llb.WithCustomName(files.Name), llb.GitRef(ref.Ref)}
	if t.add.keepGitDir != nil && *t.add.keepGitDir {
		opts = append(opts, llb.KeepGitDir())
	}
	if t.add.checksum != "" {
		opts = append(opts, llb.GitChecksum(t.add.checksum))
	}
	opts = append(opts, gitOptions(ref, in.GitAdvice)...)
	if ref.FetchByCommit {
		opts = append(opts, llb.GitFetchByCommit())
	}
	if t.flags.NoCache {
		opts = append(opts, llb.IgnoreCache)
	}
	files.add(llb.Git(ref.Remote, "", opts...).Output(), "/", &pb.FileActionCopy{})
	return nil
}

// merge takes over what a Git URL says in its query. Flag and URL have to
// agree.
func (a *addition) merge(ref *dfgitutil.GitRef) error {
	if ref.KeepGitDir != nil {
		if a.keepGitDir != nil && *a.keepGitDir != *ref.KeepGitDir {
			return errors.New("inconsistent keep-git-dir configuration")
		}
		a.keepGitDir = ref.KeepGitDir
	}
	if ref.Checksum != "" {
		if a.checksum != "" && a.checksum != ref.Checksum {
			return fmt.Errorf("checksum mismatch %q != %q", a.checksum, ref.Checksum)
		}
		a.checksum = ref.Checksum
	}
	return nil
}

func gitOptions(ref *dfgitutil.GitRef, advice bool) []llb.GitOption {
	var opts []llb.GitOption
	if advice {
		opts = append(opts, llb.GitAdvice(true))
	}
	if ref.SubDir != "" {
		opts = append(opts, llb.GitSubDir(ref.SubDir))
	}
	if ref.Submodules != nil && !*ref.Submodules {
		opts = append(opts, llb.GitSkipSubmodules())
	}
	return opts
}

func hasHTTPScheme(src string) bool {
	return strings.HasPrefix(src, "http://") || strings.HasPrefix(src, "https://")
}

// isHTTP tells a URL of a file from that of a Git repository, such as
// https://github.com/org/repo.git.
func isHTTP(src string) bool { return hasHTTPScheme(src) && !isGit(src) }

func isGit(src string) bool {
	ref, ok, _ := dfgitutil.ParseGitRef(src)
	return ref != nil && ok
}
