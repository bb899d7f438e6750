package workbench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stratabuild/strata/hack/internal/host"
)

// tool is a program that is built from a pinned Go module under hack/tools.
type tool struct {
	name   string
	module string // folder under hack/tools
	pkg    string
	test   bool     // it is the package's test binary
	flags  []string // of the go command, besides buildFlags
}

// PinnedBuildKit names the module folder of the BuildKit that Strata is built on.
const PinnedBuildKit = "buildkit"

// LastBuildKit and OlderBuildKit are further releases on which Strata is tested:
// the one before the pinned release, and a much older one.
const (
	LastBuildKit  = "v0.33.1"
	OlderBuildKit = "v0.15.2"
)

// EngineFolder is the prefix of the names of a Docker Engine's programs. They have
// a separate folder, so that a PATH with the other tools does not replace the
// machine's docker.
const EngineFolder = "engine/"

// tools are all programs that can be built; "workbench tools" lists them.
var tools = []tool{
	buildkitdOf(""),
	{name: "buildctl", module: PinnedBuildKit, pkg: "github.com/moby/buildkit/cmd/buildctl"},
	{name: "dockerfile-frontend", module: PinnedBuildKit, pkg: "github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend"},
	{name: "dockerfile.test", module: PinnedBuildKit, pkg: "github.com/moby/buildkit/frontend/dockerfile", test: true},
	buildkitdOf(LastBuildKit),
	buildkitdOf(OlderBuildKit),
	{name: "buildx", module: "buildx", pkg: "github.com/docker/buildx/cmd/buildx"},
	{
		name: EngineFolder + "docker", module: "buildx", pkg: "github.com/docker/cli/cmd/docker",
		// Its module names no language version, so the go command assumes an old
		// one.
		flags: []string{"-gcflags=github.com/docker/cli/cmd/docker=-lang=go1.26"},
	},
	{name: EngineFolder + "dockerd", module: "engine", pkg: "github.com/moby/moby/v2/cmd/dockerd"},
	{name: EngineFolder + "containerd-shim-runc-v2", module: "engine", pkg: "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2"},
}

// ToolNames lists the programs that Env.Tool can build.
func ToolNames() []string {
	var names []string
	for _, t := range tools {
		names = append(names, t.name)
	}
	return names
}

func findTool(name string) (tool, error) {
	for _, t := range tools {
		if t.name == name {
			return t, nil
		}
	}
	return tool{}, fmt.Errorf("no tool is called %q; there are: %s", name, strings.Join(ToolNames(), ", "))
}

// buildkitdOf returns the daemon of another BuildKit version, which has its own
// module folder: hack/tools/buildkit-VERSION.
func buildkitdOf(version string) tool {
	t := tool{name: "buildkitd", module: PinnedBuildKit, pkg: "github.com/moby/buildkit/cmd/buildkitd"}
	if version != "" {
		t.name, t.module = t.name+"-"+version, t.module+"-"+version
	}
	return t
}

// buildFlags make the programs small, and independent of the folder in which they
// are built. The flags of the compiler are those of the Makefile, so that its cache is
// shared.
var buildFlags = []string{"-trimpath", "-gcflags=all=-dwarf=false", "-buildvcs=false", "-ldflags=-s -w"}

// ensureTool builds the tool unless the same build is already in the bin folder.
func (s state) ensureTool(ctx context.Context, t tool) (string, error) {
	src, err := Checkout()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(src, "hack", "tools", t.module)
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		return "", fmt.Errorf("no module builds %s: %w", t.name, err)
	}
	want, err := toolStamp(ctx, dir, t.flags)
	if err != nil {
		return "", err
	}
	out, stamp := s.bin(t.name), hiddenBeside(s.bin(t.name), ".stamp")
	built := func() bool {
		have, err := os.ReadFile(stamp)
		return err == nil && string(have) == want && host.FileExists(out)
	}
	if built() {
		return out, nil
	}
	lock, err := host.WaitLock(ctx, hiddenBeside(out, ".lock"), nil)
	if err != nil {
		return "", err
	}
	defer lock.Unlock()
	if built() {
		return out, nil // another process built it meanwhile
	}
	if err := host.During("building "+t.name, func() error { return GoBuild(ctx, dir, t.command(), out) }); err != nil {
		return "", err
	}
	return out, os.WriteFile(stamp, []byte(want), 0o644)
}

// hiddenBeside returns the path of a hidden file next to the program, for data
// about it.
func hiddenBeside(program, suffix string) string {
	return filepath.Join(filepath.Dir(program), "."+filepath.Base(program)+suffix)
}

// command returns the arguments of the go command that select the program.
func (t tool) command() []string {
	command := []string{"build"}
	if t.test {
		command = []string{"test", "-c"}
	}
	return slices.Concat(command, t.flags, []string{t.pkg})
}

// GoBuild compiles a static program with the go command. command is a subcommand, its
// flags, and a package. GoBuild renames the result into place, so that a running
// program is not disturbed.
func GoBuild(ctx context.Context, dir string, command []string, out string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	tmp := fmt.Sprintf("%s.%d.tmp", out, os.Getpid())
	defer os.Remove(tmp)
	last := len(command) - 1
	// The flags of the tool come last: they win over those of all tools.
	argv := slices.Concat([]string{"go", command[0]}, buildFlags, command[1:last], []string{"-o", tmp, command[last]})
	env := []string{"CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off"}
	if _, err := (host.Command{Dir: dir, Env: env, Argv: argv}).Run(ctx); err != nil {
		return err
	}
	return os.Rename(tmp, out)
}

// toolStamp changes with everything that affects the result of a build.
func toolStamp(ctx context.Context, dir string, flags []string) (string, error) {
	version, err := host.Command{Dir: dir, Argv: []string{"go", "env", "GOVERSION", "GOARCH"}}.Run(ctx)
	if err != nil {
		return "", fmt.Errorf("the Go toolchain is needed: %w", err)
	}
	return host.Stamp([]string{filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.sum")}, version, buildFlags, flags)
}
