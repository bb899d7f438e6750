package difftest

import (
	"errors"
	"slices"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

func at(lines ...int) [][]parser.Range {
	var places [][]parser.Range
	for _, n := range lines {
		p := parser.Position{Line: n}
		places = append(places, []parser.Range{{Start: p, End: p}})
	}
	return places
}

func failure(problems ...Problem) Result {
	return Result{Err: errors.New(problems[0].Message), Problems: problems}
}

func TestDifferencesOfErrors(t *testing.T) {
	for _, c := range []struct {
		name      string
		want      Problem
		got       []Problem
		differs   bool
		intention string
	}{
		{"the same", Problem{"x", at(2)}, []Problem{{"x", at(2)}}, false, ""},
		{"with a hint", Problem{"x", at(2)}, []Problem{{"x (write y)", at(2)}}, false, ""},
		{"with more text", Problem{"x", at(2)}, []Problem{{"x and y", at(2)}}, true, ""},
		{"another text", Problem{"x", at(2)}, []Problem{{"y", at(2)}}, true, ""},
		{"another line", Problem{"x", at(2)}, []Problem{{"x", at(3)}}, true, ""},
		{"no line", Problem{"x", at(2)}, []Problem{{"x", nil}}, true, ""},
		{"a line more", Problem{"x", at(2)}, []Problem{{"x", at(2, 3)}}, true, ""},
		{"a line where there was none", Problem{"x", nil}, []Problem{{"x", at(2)}}, false, "an error points at a line where the reference points at none"},
		{"a line once", Problem{"x", at(2, 2)}, []Problem{{"x", at(2)}}, false, "an error points at a line once where the reference does so twice"},
		{"the line after", Problem{"only one check parser directive can be used", at(1)}, []Problem{{"only one check parser directive can be used", at(2)}}, false, "an error about a parser directive or a long line points at its line, not at the line before"},
		{"two lines after", Problem{"only one check parser directive can be used", at(1)}, []Problem{{"only one check parser directive can be used", at(3)}}, true, ""},
		{"one of two lines", Problem{"x", at(2, 3)}, []Problem{{"x", at(2)}}, true, ""},
		{"the second of several", Problem{"x", at(3)}, []Problem{{"w", at(2)}, {"x", at(3)}}, false, allErrors},
		{"behind another at its line", Problem{"x", at(3)}, []Problem{{"w", at(3)}, {"x", at(3)}}, true, allErrors},
		{"not among several", Problem{"x", at(3)}, []Problem{{"w", at(2)}, {"y", at(4)}}, true, allErrors},
		{"other rules", Problem{"lint violation found for rules: B, A", nil}, []Problem{{"lint violation found for rules: A, C", nil}}, true, ""},
		{"the same rules", Problem{"lint violation found for rules: B, A", nil}, []Problem{{"lint violation found for rules: A, B", nil}}, false, ""},
		{"another guess", Problem{"no RNU (did you mean RUN?)", nil}, []Problem{{"no RNU (did you mean ENV?)", nil}}, false, ""},
	} {
		diffs, intended := Differences(Case{}, failure(c.want), failure(c.got...))
		if (len(diffs) > 0) != c.differs {
			t.Errorf("%s: differences %q", c.name, diffs)
		}
		if slices.Contains(intended, c.intention) != (c.intention != "") || c.intention == "" && len(intended) > 0 {
			t.Errorf("%s: intended %q, want %q", c.name, intended, c.intention)
		}
	}
}

func TestDifferencesOfOutcomes(t *testing.T) {
	for _, c := range []struct {
		want, got Result
		differs   bool
	}{
		{Result{}, Result{}, false},
		{failure(Problem{Message: "x"}), Result{}, true},
		{Result{}, failure(Problem{Message: "x"}), true},
		{failure(Problem{Message: `failed to parse stage name "Foo": invalid`}), Result{}, false},
		{failure(Problem{Message: `failed to parse stage name "foo?": invalid`}), Result{}, true},
	} {
		if diffs, _ := Differences(Case{}, c.want, c.got); (len(diffs) > 0) != c.differs {
			t.Errorf("reference %v, Strata %v: differences %q", c.want.Err, c.got.Err, diffs)
		}
	}
}

// resultWith is a result of one file operation with the metadata.
func resultWith(t *testing.T, md *pb.OpMetadata) Result {
	dt, err := (&pb.Op{Op: &pb.Op_File{File: &pb.FileOp{}}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	metadata := map[string]*pb.OpMetadata{digest.FromBytes(dt).String(): md}
	return Result{Definition: &pb.Definition{Def: [][]byte{dt}, Metadata: metadata}}
}

func TestDifferencesOfMetadata(t *testing.T) {
	named := func(name string) *pb.OpMetadata {
		return &pb.OpMetadata{Description: map[string]string{"llb.customname": name}}
	}
	trigger := Case{Dockerfile: []byte("FROM a\nONBUILD RUN b\n")}
	for _, c := range []struct {
		name      string
		in        Case
		want, got *pb.OpMetadata
		differs   bool
	}{
		{"the same", Case{}, named("a"), named("a"), false},
		{"an empty command", Case{}, &pb.OpMetadata{Description: map[string]string{"com.docker.dockerfile.v1.command": ""}}, &pb.OpMetadata{}, false},
		{"another name", Case{}, named("a"), named("b"), true},
		{"a name more", Case{}, &pb.OpMetadata{}, named("b"), true},
		{"a name less", Case{}, named("b"), &pb.OpMetadata{}, true},
		{"a requirement", Case{}, &pb.OpMetadata{}, &pb.OpMetadata{Caps: map[string]bool{"file.copy.requiredpaths": true}}, false},
		{"another requirement", Case{}, &pb.OpMetadata{}, &pb.OpMetadata{Caps: map[string]bool{"file.base": true}}, true},
		{"a requirement less", Case{}, &pb.OpMetadata{Caps: map[string]bool{"file.copy.requiredpaths": true}}, &pb.OpMetadata{}, true},
		{"other numbers", Case{}, named("[a 1/2] COPY"), named("[a 1/3] COPY"), true},
		{"other numbers with triggers", trigger, named("[a 1/2] COPY"), named("[a  1/12] COPY"), false},
		{"another name with triggers", trigger, named("[a 1/2] COPY"), named("[b 1/3] COPY"), true},
		{"without cache", Case{}, &pb.OpMetadata{}, &pb.OpMetadata{IgnoreCache: true}, true},
		{"without cache, as asked", Case{Options: Options{NoCache: []string{}}}, &pb.OpMetadata{}, &pb.OpMetadata{IgnoreCache: true}, false},
		{"with the cache", Case{Options: Options{NoCache: []string{}}}, &pb.OpMetadata{IgnoreCache: true}, &pb.OpMetadata{}, true},
	} {
		diffs, _ := Differences(c.in, resultWith(t, c.want), resultWith(t, c.got))
		if (len(diffs) > 0) != c.differs {
			t.Errorf("%s: differences %q", c.name, diffs)
		}
	}
}

// Strata's checks of the cache are not a difference. A rule of docker/dockerfile is.
func TestDifferencesOfWarnings(t *testing.T) {
	for rule, differs := range map[string]bool{"HeredocIgnoresErrors": false, "StageNameCasing": true} {
		got := Result{Warnings: []Warning{{Rule: rule, Message: "x"}}}
		if diffs, _ := Differences(Case{}, Result{}, got); (len(diffs) > 0) != differs {
			t.Errorf("%s: differences %q", rule, diffs)
		}
	}
}
