package builders

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// client is a program that builds.
type client struct {
	name     string
	command  func(context.Context, ...string) *exec.Cmd
	args     []string // of a build, before all others
	buildctl bool     // whether it takes buildctl's flags instead of buildx's
}

// try runs the program and returns its output.
func (c client) try(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	out, err := c.once(t, stdin, args)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Logf("once more: %v", err)
		out, err = c.once(t, stdin, args)
	}
	return out, err
}

// patience is how long a client may take. That of Docker Engine 20.10 can wait for
// ever when it has lost its connection.
const patience = 3 * time.Minute

func (c client) once(t *testing.T, stdin string, args []string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := c.command(ctx, args...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(cmd.Env, "BUILDKIT_PROGRESS=plain")
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %q: %w\n%s", c.name, args, errors.Join(err, ctx.Err()), out)
	}
	return string(out), err
}

// run is a run that must succeed.
func (c client) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.try(t, "", args...)
	must(t, err)
	return strings.TrimSpace(out)
}

// flags are equivalent flags of buildx and buildctl.
type flags struct{ buildx, buildctl []string }

// both returns one flag with the prefixes of the two clients.
func both(buildx, buildctl, value string) flags {
	if value == "" {
		return flags{}
	}
	return flags{[]string{buildx + value}, []string{buildctl + value}}
}

// flags returns the flags of the build, except for the place of its context.
func (o build) flags() []flags {
	all := []flags{
		both("--target=", "--opt=target=", o.target),
		both("--platform=", "--opt=platform=", o.platforms),
		both("--file={dir}/", "--opt=filename=", o.file),
		o.more,
	}
	for _, name := range slices.Sorted(maps.Keys(o.args)) {
		all = append(all, both("--build-arg=", "--opt=build-arg:", name+"="+o.args[name]))
	}
	if o.noCache {
		all = append(all, both("", "", "--no-cache"))
	}
	if o.secret != "" {
		all = append(all, both("--secret=", "--secret=", "id=s,src={dir}/.secret"))
	}
	return all
}

// build builds the project and returns what the client prints.
func (c client) build(t *testing.T, p *project, o build, more ...string) (string, error) {
	t.Helper()
	p.name(o.reference, o.file)
	if o.secret != "" {
		p.Write(".secret", o.secret)
	}
	args := slices.Concat(c.args, more)
	for _, f := range o.flags() {
		if c.buildctl {
			args = append(args, f.buildctl...)
		} else {
			args = append(args, f.buildx...)
		}
	}
	if c.buildctl {
		args = append(args, "--frontend=dockerfile.v0", "--local=context={dir}", "--local=dockerfile={dir}")
	} else {
		args = append(args, "{dir}")
	}
	for i := range args {
		args[i] = p.words.Replace(args[i])
	}
	return c.try(t, "", args...)
}
