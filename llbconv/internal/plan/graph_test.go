package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// planned returns the graph of a Dockerfile for a target.
func planned(t *testing.T, dockerfile, target string) (*Graph, error) {
	t.Helper()
	f, diags := syntax.Parse([]byte(dockerfile), nil)
	if f == nil {
		t.Fatal(diags.Err())
	}
	globals, diags := DeclareGlobals(f, NewPlatforms(nil, nil), target, nil, nil)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	g, diags := Build(f, globals, Options{Target: target, Platforms: NewPlatforms(nil, nil)})
	return g, diags.Err()
}

// labels returns the names of the stages that the target needs, and the images of
// implicit stages.
func labels(g *Graph) string {
	reachable := g.Reachable()
	var names []string
	for i, s := range g.Stages {
		switch {
		case !reachable[i]:
		case s.Implicit:
			names = append(names, "("+s.From.Name+")")
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
		{"the name in another case", from, "B", "0 1"},
		{"copied from", from + "COPY --from=b / /\n", "", "0 1 2"},
		{"copied from by index", from + "COPY --from=0 / /\n", "", "0 2"},
		{"copied from in another case", from + "COPY --from=B / /\n", "", "0 1 2"},
		{"mounted", from + "RUN --mount=from=b,target=/b true\n", "", "0 1 2"},
		{"an image", from + "COPY --from=busybox / /\n", "", "2 (busybox)"},
		{"an image twice", from + "COPY --from=busybox /a /\nCOPY --from=busybox /b /\n", "", "2 (busybox) (busybox)"},
		{"a stage like an image", "FROM alpine AS busybox\nFROM busybox\n", "", "0 1"},
		{"no stage of that tag", "FROM alpine AS busybox\nFROM busybox:latest\n", "", "1"},
		{"of two names the last", "FROM scratch AS a\nFROM scratch AS a\nFROM a\n", "", "1 2"},
		{"an index is not a name", "FROM scratch AS a\nFROM scratch AS b\nCOPY --from=0 / /\n", "", "0 1"},
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

func TestReadsWholeContext(t *testing.T) {
	const all = "FROM scratch AS all\nCOPY . /\n"
	for _, c := range []struct {
		name, dockerfile string
		want             bool
	}{
		{"a copy of all", all, true},
		{"its root", "FROM scratch\nCOPY / /\n", true},
		{"in other words", "FROM scratch\nCOPY a ./b/../ /\n", true},
		{"added", "FROM scratch\nADD ./ /\n", true},
		{"mounted", "FROM scratch\nRUN --mount=target=/src true\n", true},
		{"a base", all + "FROM all\n", true},
		{"copied from", all + "FROM scratch\nCOPY --from=all / /\n", true},
		{"a stage that is not needed", all + "FROM scratch\nCOPY a /\n", false},
		{"one directory", "FROM scratch\nCOPY a /\n", false},
		{"a variable", "FROM scratch\nARG all=.\nCOPY $all /\n", false},
		{"all of a stage", "FROM scratch AS a\nFROM scratch\nCOPY --from=a . /\n", false},
		{"a mounted directory", "FROM scratch\nRUN --mount=target=/src,source=a true\n", false},
		{"a mounted stage", "FROM scratch AS a\nFROM scratch\nRUN --mount=target=/src,from=a true\n", false},
		{"a cache", "FROM scratch\nRUN --mount=type=cache,target=/src true\n", false},
		{"a file in the Dockerfile", "FROM scratch\nCOPY <<a /\na\n", false},
	} {
		g, err := planned(t, c.dockerfile, "")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := g.ReadsWholeContext(); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// replaced has a named context for one name.
type replaced struct {
	source.Contexts
	name string
}

func (r replaced) Named(name string, _ source.ContextOptions) (source.NamedContext, error) {
	if name != r.name {
		return nil, nil
	}
	return struct{ source.NamedContext }{}, nil
}

// A stage that a named context replaces reads nothing from other stages.
func TestReplacedStageReadsNoContext(t *testing.T) {
	f, _ := syntax.Parse([]byte("FROM scratch AS all\nCOPY . /\nFROM scratch AS some\nCOPY --from=all / /\nFROM scratch\nCOPY --from=some / /\n"), nil)
	for name, want := range map[string]bool{"some": false, "other": true} {
		g, diags := Build(f, Globals{}, Options{Platforms: NewPlatforms(nil, nil), Contexts: replaced{name: name}})
		if err := diags.Err(); err != nil {
			t.Fatal(err)
		}
		if got := g.ReadsWholeContext(); got != want {
			t.Errorf("%s is replaced: %v", name, got)
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

// A long chain of stages is not a cycle, and is processed quickly.
func TestLongChainOfStages(t *testing.T) {
	var b strings.Builder
	b.WriteString("FROM scratch AS s0\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "FROM scratch AS s%d\nCOPY --from=s%d / /\nCOPY --from=s%d / /\n", i+1, i, i/2)
	}
	g, err := planned(t, b.String(), "")
	if err != nil || len(g.Stages) != 3001 || slices.Contains(g.Reachable(), false) {
		t.Errorf("%v", err)
	}
}

func TestWithTriggers(t *testing.T) {
	g, err := planned(t, "FROM busybox AS base\nONBUILD RUN a\nONBUILD COPY --from=alpine / /\nFROM base\nRUN b\n", "")
	if err != nil {
		t.Fatal(err)
	}
	if same, diags := WithTriggers(g, map[int][]string{0: nil}); same != g || diags != nil {
		t.Errorf("nothing is triggered, but the graph is another one: %v", diags)
	}
	next, diags := WithTriggers(g, map[int][]string{0: nil, 1: {"ENV c=1"}})
	if diags.Failed() {
		t.Fatal(diags.Err())
	}
	if got, want := steps(next.Target), []string{"4 ENV true", "4 RUN true", "4 COPY true", "5 RUN false"}; !slices.Equal(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
	if got := labels(next); got != "0 1 (alpine)" {
		t.Errorf("stages %s", got)
	}
	if got := steps(g.Target); !slices.Equal(got, []string{"5 RUN false"}) || labels(g) != "0 1" {
		t.Errorf("the first graph has changed: steps %q, stages %s", got, labels(g))
	}
	for _, bad := range []string{"", "RUN a\nRUN b", "FROM x", "NOPE", "COPY --from=9 a b"} {
		if _, diags := WithTriggers(g, map[int][]string{0: {bad}}); !diags.Failed() {
			t.Errorf("no error for the trigger %q", bad)
		}
	}
}

// steps returns the steps of a stage: line, keyword, and whether it is a trigger.
func steps(s *Stage) (lines []string) {
	for _, step := range s.Steps {
		in := step.Instruction
		lines = append(lines, fmt.Sprintf("%d %s %v", in.Location()[0].Start.Line, in.Command.Name(), in.OnBuild))
	}
	return lines
}
