package conformance

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
)

// Subject is a frontend under test.
type Subject struct {
	Name string
	// binary is the suite's test binary, and frontend is the variable that selects
	// the frontend to test.
	binary, frontend string
}

// image exports a frontend image of the workbench's registry, which the suite would
// not read without TLS.
func (s *Suite) image(ctx context.Context, name, ref string) (Subject, error) {
	c, err := s.bench.Client(ctx)
	if err != nil {
		return Subject{}, err
	}
	defer c.Close()
	dir := filepath.Join(s.scratch.Dir, name)
	if err := host.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM "+ref+"\n"), 0o644); err != nil {
		return Subject{}, err
	}
	archive := filepath.Join(dir, "image.tar")
	rep, err := buildrun.Run(ctx, c, buildrun.Build{Context: dir, Exports: []buildrun.Export{buildrun.OCI(archive)}})
	if err != nil {
		return Subject{}, fmt.Errorf("export the frontend image %s: %w\n%s", ref, err, rep)
	}
	return Subject{name, s.binary, "FRONTEND_GATEWAY_ONLY=local:" + archive}, nil
}

// inClient is a frontend that the suite has in its own process.
func inClient(name, binary string) Subject {
	return Subject{name, binary, "FRONTEND_CLIENT_ONLY=1"}
}
