package workbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gofrs/flock"
	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/baseimage"
	"github.com/stratabuild/strata/hack/internal/host"
)

// Env is a running workbench that this process uses.
type Env struct {
	state    state
	registry string
	main     *Daemon
	users    *flock.Flock
}

// Open starts the processes of the workbench at DefaultRoot that are not running, and
// returns when they answer. They stay as long as a process uses them; Close ends the
// use by this process.
func Open(ctx context.Context) (*Env, error) {
	s, err := newState()
	if err != nil {
		return nil, err
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("the workbench runs containers and so must be run as root")
	}
	b := &Env{state: s, users: flock.New(s.usersLock())}
	lock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	if err := b.users.RLock(); err != nil {
		return nil, err
	}
	// The watcher starts first, because it also cleans up after a start that fails.
	err = s.ensureWatcher()
	if err == nil {
		err = b.start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, b.users.Unlock())
	}
	return b, nil
}

func (b *Env) start(ctx context.Context) (err error) {
	if b.registry, err = b.state.startRegistry(ctx); err != nil {
		return err
	}
	if _, err := b.Tool(ctx, "buildctl"); err != nil {
		return err
	}
	b.main = b.state.main()
	if err := b.main.prepare(ctx, b.registry, DaemonOptions{}); err != nil {
		return err
	}
	started, err := b.main.up(ctx)
	if err != nil {
		return err
	}
	if started {
		host.Printf("buildkitd listens on %s", b.main.Addr())
	}
	return b.writeBuildxBuilder()
}

// Close ends the use of the workbench by this process. If no other process uses it,
// and "workbench up" did not start it, its processes end.
func (b *Env) Close() error {
	err := b.users.Unlock()
	_, tidyErr := b.state.tidy(context.Background())
	return errors.Join(err, tidyErr)
}

// Registry is the address of the loopback registry, such as "127.0.0.1:15500".
func (b *Env) Registry() string { return b.registry }

// Daemon is the daemon that all users of the workbench share.
func (b *Env) Daemon() *Daemon { return b.main }

// Client connects to the shared daemon.
func (b *Env) Client(ctx context.Context) (*client.Client, error) { return b.main.Client(ctx) }

// Tool is the path of a program from ToolNames, built if it is not there yet.
func (b *Env) Tool(ctx context.Context, name string) (string, error) {
	t, err := findTool(name)
	if err != nil {
		return "", err
	}
	return b.state.ensureTool(ctx, t)
}

// EnsureImages puts the named base images, such as "python:3.11-slim", into the
// loopback registry, which is the daemon's mirror of Docker Hub. It does not make
// existing images again.
func (b *Env) EnsureImages(ctx context.Context, names ...string) ([]baseimage.Image, error) {
	c, err := b.Client(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	s := baseimage.Store{Dir: b.state.path("images"), Debs: b.state.path("debs"), Registry: b.registry, Client: c}
	return s.Ensure(ctx, names...)
}

// Dir returns a folder of the workbench for data that a program keeps between its
// runs.
func (b *Env) Dir(name string) string { return b.state.path(name) }

// Environ returns the variables by which buildctl, buildx and scripts find the
// workbench, as "NAME=value".
func (b *Env) Environ() []string { return b.state.env(b.registry) }

// Command prepares a program from ToolNames to run against the workbench.
func (b *Env) Command(ctx context.Context, tool string, args ...string) (*exec.Cmd, error) {
	path, err := b.Tool(ctx, tool)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), b.Environ()...)
	return cmd, nil
}

func (s state) env(registry string) []string {
	return []string{
		"STRATA_WORKBENCH=" + s.root,
		"STRATA_REGISTRY=" + registry,
		"BUILDKIT_HOST=" + s.main().Addr(),
		"BUILDX_CONFIG=" + s.buildxConfig(),
		"BUILDX_BUILDER=" + buildxBuilder,
		fmt.Sprintf("PATH=%s%c%s", s.path("bin"), os.PathListSeparator, os.Getenv("PATH")),
	}
}

// buildxBuilder is the name of the shared daemon in buildx.
const buildxBuilder = "strata"

// buildxConfig is the workbench's configuration folder of buildx, so that the
// user's builders are not changed.
func (s state) buildxConfig() string { return s.path("buildx") }

// writeBuildxBuilder writes the same file as "buildx create --driver remote", so
// that only programs that use buildx have to build it.
func (b *Env) writeBuildxBuilder() error {
	node := map[string]string{"Name": buildxBuilder + "0", "Endpoint": b.main.Addr()}
	return host.WriteJSON(filepath.Join(b.state.buildxConfig(), "instances", buildxBuilder),
		map[string]any{"Name": buildxBuilder, "Driver": "remote", "Nodes": []any{node}})
}
