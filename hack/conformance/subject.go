package conformance

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

// Subject is a frontend under test.
type Subject struct {
	Name string
	// Digest is of the frontend's program.
	Digest string
	// binary is the suite's test binary, and env selects the frontend to test.
	binary string
	env    []string
}

// Strata returns the frontend image of the checkout, made by its Dockerfile.
func (s *Suite) Strata(ctx context.Context) (Subject, error) {
	f, err := s.bench.FrontendImage(ctx)
	if err != nil {
		return Subject{}, err
	}
	src, err := workbench.Checkout()
	if err != nil {
		return Subject{}, err
	}
	stage := filepath.Dir(filepath.Dir(filepath.Dir(f.Program))) // the program is at /out/bin in it
	return s.image(ctx, "strata", f.Program, src, map[string]string{"build": stage})
}

// Reference returns the reference's own image, made by its own Dockerfile.
func (s *Suite) Reference(ctx context.Context) (Subject, error) {
	program, err := s.bench.Tool(ctx, "dockerfile-frontend")
	if err != nil {
		return Subject{}, err
	}
	stage := filepath.Join(s.scratch.Dir, "reference")
	if err := host.CopyFile(filepath.Join(stage, "dockerfile-frontend"), program, 0o755); err != nil {
		return Subject{}, err
	}
	dir := filepath.Join(s.source, "cmd", "dockerfile-frontend")
	return s.image(ctx, "reference", program, dir, map[string]string{"build": stage, "version": stage})
}

// image makes an image with the Dockerfile in dir. Folders replace the stages that
// would compile the program.
func (s *Suite) image(ctx context.Context, name, program, dir string, stages map[string]string) (Subject, error) {
	stamp, err := host.Stamp([]string{program})
	if err != nil {
		return Subject{}, err
	}
	c, err := s.bench.Client(ctx)
	if err != nil {
		return Subject{}, err
	}
	defer c.Close()
	archive := filepath.Join(s.scratch.Dir, name+".oci.tar")
	rep, err := buildrun.Run(ctx, c, buildrun.Build{
		Context: dir,
		Named:   stages,
		Exports: []buildrun.Export{buildrun.OCI(archive)},
		// This has the effect of a syntax line that was already followed: the
		// daemon's own frontend can make the image.
		Attrs: map[string]string{"cmdline": ""},
	})
	if err != nil {
		return Subject{}, fmt.Errorf("make the frontend image %s: %w\n%s", name, err, rep)
	}
	return Subject{
		Name:   name,
		Digest: stamp,
		binary: s.binary,
		env:    []string{"FRONTEND_GATEWAY_ONLY=local:" + archive},
	}, nil
}
