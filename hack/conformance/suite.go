package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/stratabuild/strata/hack/baseimage"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

const suitePackage = "github.com/moby/buildkit/frontend/dockerfile"

// Suite is the reference's integration suite, ready to be run.
type Suite struct {
	bench   *workbench.Env
	scratch *workbench.Scratch
	binary  string // the test binary
	source  string // the folder of its sources, where it expects to be run
	version string // BuildKit's
	bases   []baseimage.Image
}

// Open builds the programs of the suite. Close removes the files that its runs have
// left.
func Open(ctx context.Context, bench *workbench.Env) (*Suite, error) {
	s := &Suite{bench: bench}
	var err error
	if s.binary, err = bench.Tool(ctx, "dockerfile.test"); err != nil {
		return nil, err
	}
	for _, name := range []string{"buildkitd", "buildctl", "dockerfile-frontend"} {
		if _, err := bench.Tool(ctx, name); err != nil {
			return nil, err
		}
	}
	if s.bases, err = bench.EnsureImages(ctx, "busybox", "alpine"); err != nil {
		return nil, err
	}
	if err := s.findSource(ctx); err != nil {
		return nil, err
	}
	// BuildKit's test library starts the programs that it finds in the PATH.
	path := bench.Dir("bin") + string(os.PathListSeparator) + os.Getenv("PATH")
	if err := os.Setenv("PATH", path); err != nil {
		return nil, err
	}
	s.scratch, err = bench.NewScratch(ctx, "conf")
	return s, err
}

// Close ends the remaining processes of the runs and removes their folder.
func (s *Suite) Close() error { return s.scratch.Close() }

// temp and mirror are folders of one run of the suite.
func (s *Suite) temp() string   { return filepath.Join(s.scratch.Dir, "t") }
func (s *Suite) mirror() string { return filepath.Join(s.scratch.Dir, "mirror") }

func (s *Suite) findSource(ctx context.Context) error {
	src, err := workbench.Checkout()
	if err != nil {
		return err
	}
	out, err := host.Command{
		Dir:  filepath.Join(src, "hack", "tools", workbench.PinnedBuildKit),
		Env:  []string{"GOFLAGS=", "GOWORK=off"},
		Argv: []string{"go", "list", "-f", "{{.Dir}}\t{{.Module.Version}}", suitePackage},
	}.Run(ctx)
	if err != nil {
		return err
	}
	var ok bool
	if s.source, s.version, ok = strings.Cut(out, "\t"); !ok {
		return fmt.Errorf("go list does not tell where the suite is: %s", out)
	}
	return nil
}
