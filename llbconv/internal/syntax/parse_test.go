package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/stratabuild/strata/llbconv/diag"
)

// shape lists the global args, then each stage with its instructions.
func shape(f *File) string {
	var parts []string
	for _, a := range f.GlobalArgs {
		for _, kv := range a.Args {
			parts = append(parts, "ARG "+kv.Key)
		}
	}
	for _, s := range f.Stages {
		part := s.BaseName + " as " + s.Name + ":"
		for _, in := range s.Instructions {
			part += " " + in.Command.Name()
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func TestGrouping(t *testing.T) {
	for dockerfile, want := range map[string]string{
		"FROM a\n":                              "a as :",
		"ARG x y=1\nARG z\nFROM a\nARG w\n":     "ARG x; ARG y; ARG z; a as : ARG",
		"FROM a AS One\nRUN 1\nFROM $b\nCMD x":  "a as one: RUN; $b as : CMD",
		"from a\nonbuild run x\n":               "a as : onbuild",
		"FROM a\nCOPY <<EOF /x\nRUN not\nEOF\n": "a as : COPY",
		"# syntax=x\n\n# note\nFROM a # b\n":    "",
		"# escape=`\nFROM a\nRUN b `\n c\n":     "a as : RUN",
	} {
		f, diags := Parse([]byte(dockerfile), nil)
		if f == nil {
			if want != "" {
				t.Errorf("%q: %v", dockerfile, diags.Err())
			}
			continue
		}
		if got := shape(f); got != want {
			t.Errorf("%q: %s, want %s", dockerfile, got, want)
		}
	}
}

// lines returns the lines of the errors of a list.
func lines(l diag.List) []int {
	var out []int
	for _, d := range l {
		if d.Severity == diag.Error {
			out = append(out, d.Line())
		}
	}
	return out
}

func TestGoesOnAfterErrors(t *testing.T) {
	for _, c := range []struct {
		name, dockerfile string
		want             []int
	}{
		{"nothing", "", []int{1}},
		{"only comments", "# one\n\n# two\n", []int{3}},
		{"only args", "ARG a\n", []int{1}},
		{"no stage, told once", "RUN a\nRUN b\nFROM c\nRUN d\n", []int{1}},
		{"instructions", "FROM a\nNO\nRUN\nCOPY x\nRUN ok\nMAINTAINER\n", []int{2, 4, 6}},
		{"a broken FROM hides its instructions, not their own errors", "FROM\nRUN a\nWORKDIR\nFROM b\nNO\n", []int{1, 3, 5}},
		{"a broken FROM before global args", "FROM a b\nARG x\nFROM y\n", []int{1}},
		{"flags", "FROM --nope a\nRUN --nope true\nCOPY --chown a b\n", []int{1, 2, 3}},
		{"a here-document without end", "FROM a\nRUN <<EOF\nb\n", []int{2}},
	} {
		f, diags := Parse([]byte(c.dockerfile), nil)
		if f != nil {
			t.Errorf("%s: no error", c.name)
		}
		if got := lines(diags); !slices.Equal(got, c.want) {
			t.Errorf("%s: errors on lines %v, want %v:\n%v", c.name, got, c.want, diags.Err())
		}
	}
}

func TestCheckDirective(t *testing.T) {
	const dockerfile = "# check=skip=JSONArgsRecommended;error=true\nFROM a\n"
	for _, c := range []struct {
		check *linter.Config
		want  string
	}{
		{nil, "[JSONArgsRecommended] true"},
		{&linter.Config{}, "[] false"},
		{&linter.Config{SkipRules: []string{"StageNameCasing"}}, "[StageNameCasing] false"},
	} {
		f, diags := Parse([]byte(dockerfile), c.check)
		if f == nil {
			t.Fatal(diags.Err())
		}
		if got := fmt.Sprint(f.Check.SkipRules, f.Check.ReturnAsError); got != c.want {
			t.Errorf("%v: %s, want %s", c.check, got, c.want)
		}
	}
	if f, _ := Parse([]byte("# check=nonsense\nFROM a\n"), nil); f != nil {
		t.Error("no error for a bad check directive")
	}
}

// Each expansion of a RUN is independent: BuildKit keeps its mounts in state that
// expansion modifies.
func TestMountsAreExpandedAnew(t *testing.T) {
	f, diags := Parse([]byte("FROM a\nRUN --mount=type=cache,target=$x true\nRUN --mount=type=cache,target=/x true\n"), nil)
	if f == nil {
		t.Fatal(diags.Err())
	}
	target := func(n int, value string) string {
		in := f.Stages[0].Instructions[n]
		run, err := in.Run(in.Command.(*instructions.RunCommand), func(word string) (string, error) {
			return strings.ReplaceAll(word, "$x", value), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return instructions.GetMounts(run)[0].Target
	}
	if a, b, fixed := target(0, "/a"), target(0, "/b"), target(1, "/c"); a != "/a" || b != "/b" || fixed != "/x" {
		t.Errorf("targets %s, %s, %s", a, b, fixed)
	}
}
