// Package engine builds with the clients of a Docker Engine of an older day,
// 20.10, on the BuildKit inside it: "docker build", and buildx with the docker
// driver. All tests share one engine.
package engine

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/dockerd"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

var (
	bench  *workbench.Bench
	strata string // the reference of the frontend image under test
	docker *dockerd.Daemon
)

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	ctx := context.Background()
	bench, strata, err = scenario.Open(ctx, "busybox", "python:3.11-slim", "golang:1.26", "node:20-slim")
	if err != nil {
		return 1, err
	}
	defer bench.Close()
	buildx, err := bench.Tool(ctx, "buildx")
	if err != nil {
		return 1, err
	}
	if docker, err = dockerd.Start(ctx, bench, dockerd.Older); err != nil {
		return 1, err
	}
	if err := docker.AddPlugin("buildx", buildx); err != nil {
		return 1, err
	}
	code = m.Run()
	return code, docker.Close()
}

// client is a way to build with the engine.
type client struct {
	name string
	args []string
}

var (
	classic = client{"classic", []string{"build", "--progress=plain", "--network=host"}}
	buildx  = client{"buildx", []string{"buildx", "build", "--progress=plain", "--network=host"}}
	clients = []client{classic, buildx}
)

// build is a build of the client; it returns what the client printed.
func (c client) build(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	return try(t, stdin, append(c.args, args...)...)
}

func try(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := docker.Command(t.Context(), args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("docker %q: %w\n%s", args, err, out)
	}
	return string(out), err
}

// run is a command of the client that has to succeed.
func run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := try(t, "", args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}
