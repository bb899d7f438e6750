package builders

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/internal/host"
	"github.com/stratabuild/strata/hack/workbench"
)

// dockerRelease is a release of the Docker Engine, described by the origin of its
// programs and by the features in its daemon.json.
type dockerRelease struct {
	tools    []string // which the workbench builds
	packages []string // of Debian, which are unpacked and not installed
	features map[string]bool
}

// currentDocker is a current engine, built from its Go modules. It runs containerd inside
// its own process and uses containerd's image store. Debian's runc does not support
// the time namespaces that this engine would give to containers.
var currentDocker = dockerRelease{
	tools:    []string{"dockerd", "containerd-shim-runc-v2", "docker"},
	packages: []string{"tini"},
	features: map[string]bool{"embedded-containerd": true, "time-namespaces": false},
}

// olderDocker is the engine of Debian 12, which dates from 2020.
var olderDocker = dockerRelease{
	packages: []string{"docker.io", "containerd", "tini"},
}

// dockerPrograms are the files that an engine consists of.
type dockerPrograms struct {
	program, docker, init string
	path                  string // the PATH on which the engine finds the others
}

// programs makes or fetches the missing programs.
func (r dockerRelease) programs(ctx context.Context) (p dockerPrograms, err error) {
	var dirs []string
	for _, t := range r.tools {
		program, err := scenario.Env().Tool(ctx, workbench.EngineFolder+t)
		if err != nil {
			return p, err
		}
		dirs = append(dirs, filepath.Dir(program))
	}
	for _, pkg := range r.packages {
		dir, err := host.UnpackDeb(ctx, scenario.Env().Dir("debs"), pkg)
		if err != nil {
			return p, err
		}
		dirs = append(dirs, filepath.Join(dir, "usr", "sbin"), filepath.Join(dir, "usr", "bin"))
	}
	for name, file := range map[string]*string{"dockerd": &p.program, "docker": &p.docker, "tini-static": &p.init} {
		if *file, err = findIn(dirs, name); err != nil {
			return p, err
		}
	}
	runc, err := host.Program(ctx, "runc", "runc")
	dirs = append(dirs, filepath.Dir(runc), os.Getenv("PATH"))
	p.path = strings.Join(dirs, string(os.PathListSeparator))
	return p, err
}

// findIn finds a program of the engine, and ignores the programs of the machine.
func findIn(dirs []string, name string) (file string, err error) {
	for _, dir := range dirs {
		if file, err = exec.LookPath(filepath.Join(dir, name)); err == nil {
			return file, nil
		}
	}
	return "", err
}
