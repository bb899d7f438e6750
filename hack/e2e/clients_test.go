package e2e

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// buildRequest describes a build for any client.
type buildRequest struct {
	dir    string // the build context
	target string
}

// buildClient is a command line client of BuildKit. It builds with Strata's image.
type buildClient struct {
	name string
	args func(r buildRequest) []string
}

var buildctl = buildClient{"buildctl", func(r buildRequest) []string {
	args := []string{
		"build", "--progress=plain", "--frontend=gateway.v0", "--opt", "source=" + scenario.Frontend(),
		"--local", "context=" + r.dir, "--local", "dockerfile=" + r.dir,
	}
	if r.target != "" {
		args = append(args, "--opt", "target="+r.target)
	}
	return args
}}

var buildx = buildClient{"buildx", func(r buildRequest) []string {
	args := []string{"build", "--progress=plain", "--build-arg", "BUILDKIT_SYNTAX=" + scenario.Frontend()}
	if r.target != "" {
		args = append(args, "--target", r.target)
	}
	return append(args, r.dir)
}}

// build runs the client and returns its output.
func (c buildClient) build(t *testing.T, r buildRequest) (string, error) {
	t.Helper()
	tool, err := scenario.Env().Tool(t.Context(), c.name)
	if err != nil {
		t.Fatal(err)
	}
	return runCommand(t, "", tool, c.args(r)...)
}

// runCommand runs a program in the workbench's environment.
func runCommand(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), scenario.Env().Environ()...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
