package clients

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// probe can only be built by Strata: the reference does not know the flag.
const probe = "FROM busybox\nRUN --no-cache true\n"

// reference is the reference's error for the probe.
const reference = "unknown flag: --no-cache"

// buildctl builds the Dockerfile with the frontend image. No syntax line has been
// followed yet.
func buildctl(t *testing.T, source, dockerfile string, opts ...string) said {
	t.Helper()
	p := scenario.New(t, scenario.Files{"Dockerfile": dockerfile})
	c := command{tool: "buildctl", dir: p.Dir, args: []string{
		"build", "--frontend", "gateway.v0", "--opt", "source=" + source, "--local", "context=.", "--local", "dockerfile=.",
	}}
	for _, o := range opts {
		c.args = append(c.args, "--opt", o)
	}
	return c.run(t)
}

// lastError is the error that buildctl ends with. buildctl gets it on two ways, and
// names the one that was faster before it.
func (s said) lastError() string {
	_, text, _ := strings.Cut(s.err, "\nerror: ")
	for _, way := range []string{"failed to solve: ", "failed to run Build function: "} {
		text = strings.TrimPrefix(text, way)
	}
	return strings.TrimSpace(text)
}

// frontends are the images that can serve a build.
type frontends struct{ strata, other, reference string }

// newFrontends also publishes Strata under another name.
func newFrontends(t *testing.T) frontends {
	t.Helper()
	return frontends{scenario.Frontend(), derived(t, "other", scenario.Frontend(), ""), scenario.ReferenceImage(t)}
}

// derived is a frontend image under another name, with an additional line.
func derived(t *testing.T, name, from, line string) string {
	t.Helper()
	ref := scenario.Env().Registry() + "/clients/" + name + ":1"
	return ref + "@" + scenario.Push(t, ref, scenario.Files{"Dockerfile": "FROM " + from + "\n" + line})
}

// TestForward starts both frontends in builds that name another one. The frontend
// that serves the build must not depend on the one that was started first.
func TestForward(t *testing.T) {
	f := newFrontends(t)
	line := func(ref string) string { return "# syntax=" + ref + "\n" }
	syntax := func(ref string) []string { return []string{"build-arg:BUILDKIT_SYNTAX=" + ref} }
	for _, c := range []struct {
		name, line string
		opts       []string
		to         string // the frontend that serves the build; empty for the one that was started
	}{
		{name: "nobody named"},
		{name: "line names the reference", line: line(f.reference), to: f.reference},
		{name: "line names Strata", line: line(f.strata), to: f.strata},
		{name: "line names another Strata", line: line(f.other), to: f.other},
		{name: "line in capitals, with arguments", line: "#SYNTAX = " + f.other + " one two\n", to: f.other},
		{name: "argument names the reference", opts: syntax(f.reference), to: f.reference},
		{name: "argument names another Strata", opts: syntax(f.other), to: f.other},
		{name: "argument with arguments", opts: syntax(f.other + " one two"), to: f.other},
		{name: "argument before line", line: line(f.reference), opts: syntax(f.other), to: f.other},
		{name: "argument before line of Strata", line: line(f.strata), opts: syntax(f.reference), to: f.reference},
		{name: "followed already", line: line(f.other), opts: []string{"cmdline=" + f.strata}},
		{name: "followed already, by argument", opts: append(syntax(f.other), "cmdline=")},
	} {
		for name, first := range map[string]string{"Strata": f.strata, "the reference": f.reference} {
			t.Run(c.name+", from "+name, func(t *testing.T) {
				t.Parallel()
				s := buildctl(t, first, c.line+probe, c.opts...)
				to := c.to
				if to == "" {
					to = first
				}
				servedBy(t, s, to, f)
			})
		}
	}
}

func servedBy(t *testing.T, s said, to string, f frontends) {
	t.Helper()
	if !strings.Contains(s.err, to) {
		t.Errorf("%s was not started", to)
	}
	if want := to == f.reference; want != strings.Contains(s.err, reference) || want != (s.code != 0) {
		t.Errorf("not served by %s: exit code %d", to, s.code)
	}
	if t.Failed() {
		t.Log(s.err)
	}
}

// TestForwardFails names images that cannot serve a build: both frontends give the
// same error, and Strata also says where the name comes from.
func TestForwardFails(t *testing.T) {
	f := newFrontends(t)
	missing := scenario.Env().Registry() + "/clients/missing:1"
	for _, c := range []struct {
		name, line, reason string
		opts               []string
	}{
		{name: "missing", line: missing, reason: "missing:1: not found"},
		{name: "missing argument", opts: []string{"build-arg:BUILDKIT_SYNTAX=" + missing}, reason: "failed with build-arg:BUILDKIT_SYNTAX = " + missing},
		{name: "no reference", line: "NOT:a:reference", reason: "Dockerfile:1"},
		{name: "no frontend", line: "busybox", reason: "Dockerfile:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dockerfile := probe
			if c.line != "" {
				dockerfile = "# syntax=" + c.line + "\n" + probe
			}
			got, want := buildctl(t, f.strata, dockerfile, c.opts...), buildctl(t, f.reference, dockerfile, c.opts...)
			if !strings.HasSuffix(got.lastError(), want.lastError()) || got.code != want.code || got.code == 0 {
				t.Errorf("exit code %d: %s\nwant %d: %s", got.code, got.lastError(), want.code, want.lastError())
			}
			if !strings.Contains(got.err, c.reason) {
				t.Errorf("the error lacks %q:\n%s", c.reason, got.err)
			}
		})
	}
}

// TestForwardToNobody builds with an empty argument, which CI passes for a variable
// that is not set: it counts as no value.
func TestForwardToNobody(t *testing.T) {
	f := newFrontends(t)
	if s := buildctl(t, f.strata, "FROM busybox\n", "build-arg:BUILDKIT_SYNTAX="); s.code != 0 {
		t.Errorf("exit code %d\n%s", s.code, s.err)
	}
}

// TestCaps requires capabilities of frontends. The daemon compares them with the
// label of each image that it starts. If the label claims a missing capability, the
// frontend itself must return the error.
func TestCaps(t *testing.T) {
	const label = "LABEL moby.buildkit.frontend.caps=moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.test.new\n"
	f := newFrontends(t)
	newest := derived(t, "newest", f.strata, label)
	oldest := derived(t, "oldest", f.strata, "LABEL moby.buildkit.frontend.caps=\n")
	newestReference := derived(t, "newest-reference", f.reference, label)
	for _, caps := range []string{
		"moby.buildkit.frontend.contexts", "moby.buildkit.frontend.subrequests+forward",
		"moby.test.new", "moby.test.new+forward", "moby.test.new+forward,moby.test.new", "moby.test.new+other",
	} {
		for _, c := range []struct{ name, ours, theirs, line string }{
			{"own label", f.strata, f.reference, ""},
			{"nobody named", newest, newestReference, ""},
			{"to Strata", newest, newestReference, "# syntax=" + f.strata + "\n"},
			{"to the newest", newest, newestReference, "# syntax=" + newest + "\n"},
			{"to the oldest", newest, newestReference, "# syntax=" + oldest + "\n"},
		} {
			t.Run(caps+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				dockerfile, opt := c.line+"FROM busybox\n", "frontend.caps="+caps
				got, want := buildctl(t, c.ours, dockerfile, opt), buildctl(t, c.theirs, dockerfile, opt)
				if got.code != want.code || got.lastError() != want.lastError() {
					t.Errorf("exit code %d: %s\nwant %d: %s", got.code, got.lastError(), want.code, want.lastError())
				}
			})
		}
	}
}
