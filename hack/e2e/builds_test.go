package e2e

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// build runs a build on the workbench's daemon that must succeed.
func build(t *testing.T, b buildrun.Build) *buildrun.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c, err := scenario.Env().Client(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rep, err := buildrun.Run(ctx, c, b)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", b.Context, b.Dockerfile, err, rep, rep.Logs())
	}
	return rep
}

// buildImage builds and exports, so that the image can be examined.
func buildImage(t *testing.T, b buildrun.Build) (*buildrun.Report, *scenario.Image) {
	t.Helper()
	layout := filepath.Join(t.TempDir(), "image")
	b.Exports = []buildrun.Export{buildrun.OCILayout(layout)}
	rep := build(t, b)
	img, err := scenario.OpenImage(layout)
	if err != nil {
		t.Fatal(err)
	}
	return rep, img
}

// runImage starts the image, waits until it ends, and returns its output.
func runImage(t *testing.T, img *scenario.Image) string {
	t.Helper()
	cmd, err := container(t.Context(), img, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
