package builders

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// builder is a BuildKit and the clients that build on it. The last client is a
// buildx.
type builder struct {
	name    string
	clients []client
	prune   []string //  arguments of the last client's program that empty the cache
	docker  client   // of the engine that gets the image, if any
	load    []string // flags that load it there, except for its name
}

func (b builder) buildx() client { return b.clients[len(b.clients)-1] }

// isEngine reports whether the BuildKit is inside an engine.
func (b builder) isEngine() bool { return b.name == engine || b.name == olderEngine }

// onBuildKit returns a BuildKit with buildctl and buildx with the driver remote.
func onBuildKit(t *testing.T, d *scenario.Daemon) builder {
	t.Helper()
	config := t.TempDir()
	tool := func(name string) func(context.Context, ...string) *exec.Cmd {
		return func(ctx context.Context, args ...string) *exec.Cmd {
			cmd, err := scenario.Env().Command(ctx, name, args...)
			must(t, err)
			cmd.Env = append(cmd.Env, "BUILDKIT_HOST="+d.Addr(), "BUILDX_CONFIG="+config, "BUILDX_BUILDER=row")
			return cmd
		}
	}
	buildx := client{name: "buildx", command: tool("buildx"), args: []string{"build"}}
	buildx.run(t, "create", "--name=row", "--driver=remote", d.Addr())
	return builder{
		clients: []client{{name: "buildctl", command: tool("buildctl"), args: []string{"build"}, buildctl: true}, buildx},
		prune:   []string{"prune", "--all", "--force"},
	}
}

// onEngine returns an engine with its own client, and buildx with the driver
// docker.
func onEngine(t *testing.T, r dockerRelease) builder {
	t.Helper()
	d := startDocker(t, r)
	host := "--network=host" // the engine has no other
	return builder{
		clients: []client{
			{name: "docker build", command: d.Command, args: []string{"build", host}},
			{name: "docker buildx build", command: d.Command, args: []string{"buildx", "build", host}},
		},
		prune:  []string{"builder", "prune", "--all", "--force"},
		docker: client{name: "docker", command: d.Command},
	}
}

// inContainer returns a BuildKit in a container, made like
// docker/setup-buildx-action makes it, except for the network.
func inContainer(t *testing.T) builder {
	t.Helper()
	pushBuildKit(t)
	d := startDocker(t, currentDocker)
	registry := scenario.Env().Registry()
	config := filepath.Join(t.TempDir(), "buildkitd.toml")
	must(t, os.WriteFile(config, []byte("[worker.oci]\ngc = false\n[registry.\"docker.io\"]\nmirrors = [\""+registry+"\"]\n"), 0o644))
	buildx := client{name: "docker buildx build", command: d.Command, args: []string{"buildx", "build"}}
	buildx.run(t, "buildx", "create", "--use", "--driver=docker-container", "--driver-opt=network=host", "--buildkitd-config="+config,
		"--buildkitd-flags=--allow-insecure-entitlement security.insecure --allow-insecure-entitlement network.host")
	return builder{
		clients: []client{buildx},
		prune:   []string{"buildx", "prune", "--all", "--force"},
		docker:  client{name: "docker", command: d.Command},
		load:    []string{"--load"},
	}
}

// startDocker starts an engine that ends with the test and leaves nothing behind.
func startDocker(t *testing.T, r dockerRelease) *dockerd {
	t.Helper()
	buildx, err := scenario.Env().Tool(t.Context(), "buildx")
	must(t, err)
	d, err := startDockerd(t.Context(), r)
	must(t, err)
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	must(t, d.AddPlugin("buildx", buildx))
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
