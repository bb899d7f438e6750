package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// planned makes the graph of a Dockerfile for a target.
func planned(t *testing.T, dockerfile, target string) (*Graph, error) {
	t.Helper()
	f, diags := syntax.Parse([]byte(dockerfile), nil)
	if f == nil {
		t.Fatal(diags.Err())
	}
	lint := diags.Linter(f.Check)
	globals, err := DeclareGlobals(f, NewPlatforms(nil, nil), target, nil, lint)
	if err != nil {
		return nil, err
	}
	diags = &diag.List{}
	g := Build(f, globals, Options{Target: target, Platforms: NewPlatforms(nil, nil), Lint: lint}, diags)
	return g, diags.Err()
}

// labels names the stages that the target needs, implicit ones by their image.
func labels(g *Graph) string {
	reachable := g.Reachable()
	var names []string
	for i, s := range g.Stages {
		switch {
		case !reachable[s]:
		case s.Implicit:
			names = append(names, "("+s.From+")")
		default:
			names = append(names, fmt.Sprint(i))
		}
	}
	return strings.Join(names, " ")
}

func TestReachable(t *testing.T) {
	const from = "FROM scratch AS a\nFROM a AS b\nFROM scratch AS c\n"
	for _, c := range []struct{ name, dockerfile, target, want string }{
		{"the last stage", from, "", "2"},
		{"its base", from, "b", "0 1"},
		{"the name in any case", from, "B", "0 1"},
		{"copied from", from + "COPY --from=b / /\n", "", "0 1 2"},
		{"copied from by index", from + "COPY --from=0 / /\n", "", "0 2"},
		{"copied from in another case", from + "COPY --from=B / /\n", "", "0 1 2"},
		{"mounted", from + "RUN --mount=from=b,target=/b true\n", "", "0 1 2"},
		{"an image", from + "COPY --from=busybox / /\n", "", "2 (busybox)"},
		{"an image twice", from + "COPY --from=busybox /a /\nCOPY --from=busybox /b /\n", "", "2 (busybox) (busybox)"},
		{"a stage like an image", "FROM alpine AS busybox\nFROM busybox\n", "", "0 1"},
		{"no stage of that tag", "FROM alpine AS busybox\nFROM busybox:latest\n", "", "1"},
		{"of two names the last", "FROM scratch AS a\nFROM scratch AS a\nFROM a\n", "", "1 2"},
		{"an index is no name", "FROM scratch AS a\nFROM scratch AS b\nCOPY --from=0 / /\n", "", "0 1"},
	} {
		g, err := planned(t, c.dockerfile, c.target)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := labels(g); got != c.want {
			t.Errorf("%s: stages %s, want %s", c.name, got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, dockerfile, target, want string }{
		{"copied from itself", "FROM scratch AS a\nCOPY --from=a / /\n", "", "circular dependency detected on stage: a"},
		{"itself by index", "FROM scratch\nCOPY --from=0 / /\n", "", "circular dependency"},
		{"each other", "FROM scratch AS a\nCOPY --from=b / /\nFROM scratch AS b\nCOPY --from=a / /\n", "", "circular dependency detected on stage: a"},
		{"in a ring", "FROM scratch AS a\nCOPY --from=c / /\nFROM scratch AS b\nCOPY --from=a / /\nFROM scratch AS c\nCOPY --from=b / /\n", "", "circular dependency detected on stage: a"},
		{"in a ring by a mount", "FROM scratch AS a\nRUN --mount=from=b,target=/b true\nFROM scratch AS b\nCOPY --from=a / /\n", "", "circular dependency"},
		{"that is not needed", "FROM scratch AS a\nCOPY --from=a / /\nFROM scratch\n", "", "circular dependency"},
		{"index too high", "FROM scratch\nFROM scratch\nCOPY --from=2 / /\n", "", "invalid stage index 2 (the Dockerfile's stages are numbered 0 to 1)"},
		{"index below zero", "FROM scratch\nCOPY --from=-1 / /\n", "", "invalid stage index -1"},
		{"a variable", "FROM scratch AS a\nFROM scratch\nCOPY --from=$a / /\n", "", "variable expansion is not supported for --from"},
		{"no target", "FROM scratch AS one\nFROM scratch\n", "oen", `target stage "oen" could not be found (did you mean one?)`},
		{"no base", "FROM $x\n", "", "base name ($x) should not be blank"},
		{"no platform", "FROM --platform=$x scratch\n", "", "empty platform value from expression $x"},
		{"a bad platform", "FROM --platform=a/b/c/d scratch\n", "", "failed to parse platform a/b/c/d"},
		{"an arg without its message", "ARG a=${b:?tell}\nFROM scratch\n", "", "tell"},
	} {
		_, err := planned(t, c.dockerfile, c.target)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

// Deep chains are no circles, and take no deep recursion's time.
func TestLongChainOfStages(t *testing.T) {
	var b strings.Builder
	b.WriteString("FROM scratch AS s0\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "FROM scratch AS s%d\nCOPY --from=s%d / /\nCOPY --from=s%d / /\n", i+1, i, i/2)
	}
	g, err := planned(t, b.String(), "")
	if err != nil || len(g.Reachable()) != 3001 {
		t.Errorf("%v", err)
	}
}

func TestTrigger(t *testing.T) {
	g, err := planned(t, "FROM busybox AS base\nONBUILD RUN a\nONBUILD COPY --from=alpine / /\nFROM base\nRUN b\n", "")
	if err != nil {
		t.Fatal(err)
	}
	more, err := g.Trigger(g.Target, nil)
	if err != nil || !more {
		t.Fatalf("reads from others: %v, %v", more, err)
	}
	var lines []string
	for _, s := range g.Target.Steps {
		lines = append(lines, fmt.Sprintf("%d %s %v", s.Location()[0].Start.Line, s.Name(), s.OnBuild))
	}
	if want := []string{"4 RUN true", "4 COPY true", "5 RUN false"}; !slices.Equal(lines, want) {
		t.Errorf("steps %q, want %q", lines, want)
	}
	if got := labels(g); got != "0 1 (alpine)" {
		t.Errorf("stages %s", got)
	}
	if more, err = g.Trigger(g.Target, nil); more || err != nil || len(g.Target.Steps) != 3 {
		t.Errorf("triggered twice: %d steps, %v", len(g.Target.Steps), err)
	}
	for _, bad := range []string{"", "RUN a\nRUN b", "FROM x", "NOPE", "COPY --from=9 a b"} {
		if _, err := g.Trigger(g.Stages[0], []string{bad}); err == nil {
			t.Errorf("no error for the trigger %q", bad)
		}
	}
}
