package faults

import (
	"bufio"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// asleep returns a project whose last step can be made to wait. The step prints
// words that are not in the Dockerfile.
func asleep(t *testing.T) *scenario.Project {
	t.Helper()
	return project(t, scenario.Files{"Dockerfile": earlier + "FROM earlier\nARG WAIT=0\nRUN echo now-$((40+2)) && sleep $WAIT\n"})
}

const asleepSays = "now-42"

// clients are the command lines that build a project with its step asleep.
var clients = map[string]func(d *scenario.Daemon, p *scenario.Project) []string{
	"buildctl": func(d *scenario.Daemon, p *scenario.Project) []string {
		return []string{
			"--addr", d.Addr(), "build", "--progress=plain", "--frontend=gateway.v0", "--opt=source=" + scenario.Frontend(),
			"--local=context=" + p.Dir, "--local=dockerfile=" + p.Dir,
			"--opt=build-arg:CASE=" + p.Build.Args["CASE"], "--opt=build-arg:WAIT=600",
		}
	},
	"buildx": func(_ *scenario.Daemon, p *scenario.Project) []string {
		return []string{
			"build", "--progress=plain", "--build-arg=BUILDKIT_SYNTAX=" + scenario.Frontend(),
			"--build-arg=CASE=" + p.Build.Args["CASE"], "--build-arg=WAIT=600", p.Dir,
		}
	},
}

// TestClientGoes ends the client in the middle of a step, by a signal that it can
// handle and by one that it cannot. The container of the step must be removed, and
// the next build continues at that step.
func TestClientGoes(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		for name, args := range clients {
			for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
				t.Run(fmt.Sprintf("%s %s", name, signal), func(t *testing.T) {
					t.Parallel()
					p := asleep(t)
					endClient(t, start(t, name, d.Addr(), args(d, p)), signal)
					p.On(d).Ran("now-")
				})
			}
		}
	})
}

// start runs the client until the step is asleep.
func start(t *testing.T, name, addr string, args []string) *exec.Cmd {
	t.Helper()
	cmd, err := scenario.Env().Command(t.Context(), name, args...)
	if err != nil {
		t.Fatal(err)
	}
	if name == "buildx" {
		useBuilder(t, cmd, addr)
	}
	progress, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(progress)
	for lines.Scan() {
		fmt.Fprintln(&said, lines.Text())
		if strings.Contains(lines.Text(), asleepSays) {
			go func() { // the client must not wait for its reader
				for lines.Scan() {
				}
			}()
			return cmd
		}
	}
	t.Fatalf("%s ended before the step was asleep: %v\n%s", name, cmd.Wait(), &said)
	return nil
}

// useBuilder configures the daemon in a buildx that has no other builder.
func useBuilder(t *testing.T, cmd *exec.Cmd, addr string) {
	t.Helper()
	const name = "faults"
	cmd.Env = append(cmd.Env, "BUILDX_CONFIG="+t.TempDir(), "BUILDX_BUILDER="+name)
	create := exec.Command(cmd.Path, "create", "--name", name, "--driver", "remote", addr)
	create.Env = cmd.Env
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// endClient sends the signal and waits until the client has ended.
func endClient(t *testing.T, cmd *exec.Cmd, signal syscall.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the client has ended well")
		}
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill() // it does not end by itself: a fault
		t.Error("the client does not end")
	}
}
