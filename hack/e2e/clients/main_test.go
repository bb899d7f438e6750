// Package clients runs the real client programs, with BuildKit's own frontend and
// with Strata: each flag and each request must have the same effect with both.
package clients

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) {
	scenario.Main(m, "clients", "busybox", "python:3.11-slim", "node:20-slim", "golang:1.26")
}

// command is one run of a client's program.
type command struct {
	tool string
	dir  string
	env  []string // in addition to the workbench's
	args []string
}

// said is the output of a program, and its result.
type said struct {
	out, err string
	code     int
}

// run runs the program to its end.
func (c command) run(t *testing.T) said {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd, err := scenario.Env().Command(ctx, c.tool, c.args...)
	if err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &stderr
	cmd.Env = append(append(cmd.Env, "BUILDKIT_PROGRESS=plain"), c.env...)
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return said{out.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// succeed is run for a program that must succeed.
func (c command) succeed(t *testing.T) said {
	t.Helper()
	s := c.run(t)
	if s.code != 0 {
		t.Fatalf("%s %q: exit code %d\n%s%s", c.tool, c.args, s.code, s.out, s.err)
	}
	return s
}

// fails checks that the program failed, with these texts.
func (s said) fails(t *testing.T, texts ...string) {
	t.Helper()
	if s.code == 0 {
		t.Error("it does not fail")
	}
	for _, text := range texts {
		if !strings.Contains(s.err, text) {
			t.Errorf("the error lacks %q:\n%s", text, s.err)
		}
	}
}

// lastError matches the error with which a client ends.
var lastError = regexp.MustCompile(`(?m)^(?:error|ERROR): (?:failed to build: )?(?:failed to solve: )?(.*)$`)

// reason returns the description of the error with which the program ended.
func (s said) reason() string {
	if found := lastError.FindStringSubmatch(s.err); found != nil {
		return found[1]
	}
	return ""
}

// way is a way in which a client selects a frontend.
type way struct {
	name string
	tool string
	args []string
	line string // the first line of the Dockerfile
}

// ways are the reference in buildx, and Strata with all ways to select it.
func ways() []way {
	strata := scenario.Frontend()
	return []way{
		{name: "buildx and reference", tool: "buildx"},
		{name: "buildx by BUILDKIT_SYNTAX", tool: "buildx", args: []string{"--build-arg", "BUILDKIT_SYNTAX=" + strata}},
		{name: "buildx by syntax line", tool: "buildx", line: "# syntax=" + strata + "\n"},
		{name: "buildctl by source", tool: "buildctl", args: []string{"--frontend", "gateway.v0", "--opt", "source=" + strata}},
		{name: "buildctl by syntax line", tool: "buildctl", args: []string{"--frontend", "dockerfile.v0"}, line: "# syntax=" + strata + "\n"},
	}
}

// flags are equivalent arguments of both clients.
type flags struct{ buildx, buildctl []string }

// build returns the command that builds the folder in this way. The first line of
// the Dockerfile is the line that the way needs.
func (w way) build(t *testing.T, p *scenario.Project, f flags) command {
	t.Helper()
	dockerfile := p.Read("Dockerfile")
	if strings.HasPrefix(dockerfile, "# syntax=") {
		_, dockerfile, _ = strings.Cut(dockerfile, "\n")
	}
	p.Write("Dockerfile", w.line+dockerfile)
	c := command{tool: w.tool, dir: p.Dir, args: append([]string{"build"}, w.args...)}
	if w.tool == "buildctl" {
		c.args = append(append(c.args, "--local", "context=.", "--local", "dockerfile=."), f.buildctl...)
		return c
	}
	c.args = append(append(c.args, f.buildx...), ".")
	return c
}

// both returns flags that the clients have in common.
func both(args ...string) flags { return flags{args, args} }

// and adds further flags.
func (f flags) and(more flags) flags {
	return flags{append(f.buildx[:len(f.buildx):len(f.buildx)], more.buildx...), append(f.buildctl[:len(f.buildctl):len(f.buildctl)], more.buildctl...)}
}

// arg returns a build argument.
func arg(name, value string) flags {
	return flags{[]string{"--build-arg", name + "=" + value}, []string{"--opt", "build-arg:" + name + "=" + value}}
}

// folder returns the names and contents of the files that the command exports.
func (c command) folder(t *testing.T) scenario.Files {
	t.Helper()
	dest := t.TempDir()
	output := []string{"--output", "type=local,dest=" + dest}
	c.args = append([]string{c.args[0]}, append(output, c.args[1:]...)...)
	c.succeed(t)
	return filesOf(t, dest)
}

// filesOf reads the files of a folder, without their last newlines.
func filesOf(t *testing.T, dir string) scenario.Files {
	t.Helper()
	files := scenario.Files{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		raw, err := os.ReadFile(dir + "/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = strings.TrimSuffix(string(raw), "\n")
	}
	return files
}
