package syntax

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/diag"
)

const corpus = "../../testdata/corpus"

// TestParse parses every case of the corpus.
func TestParse(t *testing.T) {
	cases, err := difftest.LoadCorpus(corpus)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { checkParse(t, c.Dockerfile) })
	}
}

// FuzzParse parses arbitrary text.
func FuzzParse(f *testing.F) {
	cases, err := difftest.Seeds(corpus)
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		f.Add(c.Dockerfile)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<15 {
			t.Skip("too long to be of interest")
		}
		checkParse(t, text)
	})
}

// checkParse checks that parsing gives either a file or errors and never panics,
// and that the file equals the result of BuildKit's own parser.
func checkParse(t *testing.T, text []byte) {
	t.Helper()
	file, diags := Parse(text, nil)
	if (file == nil) == (diags.Err() == nil) {
		t.Fatalf("file %v, error %v", file, diags.Err())
	}
	if file != nil {
		checkFile(t, file, text)
	}
	for _, d := range diags {
		if strings.TrimSpace(d.Message) == "" || d.Line() > 1+bytes.Count(text, []byte("\n")) {
			t.Errorf("bad diagnostic: %+v", d)
		}
		if d.Severity == diag.Error && d.Line() < 1 {
			t.Errorf("an error without a line: %+v", d)
		}
	}
	checkDirectives(t, text)
}

// checkDirectives compares the errors of directives with the first one that
// BuildKit's parser finds. Its line is the one before.
func checkDirectives(t *testing.T, text []byte) {
	t.Helper()
	_, err := parser.Parse(bytes.NewReader(text))
	errs := directiveErrors(text)
	var located *parser.LocationError
	if !errors.As(err, &located) || !aboutDirective.MatchString(located.Error()) {
		if len(errs) > 0 && (err == nil || longLine(text) == 0) {
			t.Fatalf("%v, but BuildKit's error is %v", errs, err)
		}
		return
	}
	if len(errs) == 0 {
		t.Fatalf("no error, but BuildKit's is %v", err)
	}
	got := diag.FromError(errs[0])[0]
	if want := located.Locations[0][0].Start.Line + 1; got.Message != located.Error() || got.Line() != want {
		t.Errorf("line %d: %s, want line %d: %v", got.Line(), got.Message, want, located)
	}
}

var aboutDirective = regexp.MustCompile("^(only one .* parser directive|invalid escape token)")

// checkFile compares with instructions.Parse, unless the file uses flags that
// BuildKit does not know.
func checkFile(t *testing.T, file *File, text []byte) {
	t.Helper()
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	stages, args, err := instructions.Parse(tree.AST, linter.New(&linter.Config{}))
	if err != nil {
		if usesOwnFlags(file) {
			return
		}
		t.Fatalf("BuildKit does not read it: %v", err)
	}
	if len(stages) != len(file.Stages) || len(args) != len(file.GlobalArgs) {
		t.Fatalf("%d stages and %d args, want %d and %d", len(file.Stages), len(file.GlobalArgs), len(stages), len(args))
	}
	for i, s := range file.Stages {
		if s.Name != stages[i].Name || s.BaseName != stages[i].BaseName || len(s.Instructions) != len(stages[i].Commands) {
			t.Fatalf("stage %d: %+v, want %+v", i, s, stages[i])
		}
		for n, in := range s.Instructions {
			if in.Command.Name() != stages[i].Commands[n].Name() {
				t.Fatalf("stage %d: instruction %d is %s, want %s", i, n, in.Command.Name(), stages[i].Commands[n].Name())
			}
			if run, ok := in.Command.(*instructions.RunCommand); ok {
				checkMounts(t, in, run, stages[i].Commands[n].(*instructions.RunCommand))
			}
		}
	}
}

// checkMounts compares expanded mounts with those of BuildKit's own command.
func checkMounts(t *testing.T, in Instruction, run, want *instructions.RunCommand) {
	t.Helper()
	word := func(w string) (string, error) { return w, nil }
	got, err := in.Run(run, word)
	if wantErr := want.Expand(word); (err == nil) != (wantErr == nil) {
		t.Fatalf("mounts of %s: error %v, want %v", run, err, wantErr)
	} else if err == nil && !reflect.DeepEqual(instructions.GetMounts(got), instructions.GetMounts(want)) {
		t.Fatalf("mounts of %s: %+v, want %+v", run, instructions.GetMounts(got), instructions.GetMounts(want))
	}
}

func usesOwnFlags(file *File) bool {
	text := string(file.Text)
	for _, flag := range []string{"--no-cache", "--cache-ttl", "--cache-key", "--arg", "--explicit"} {
		if strings.Contains(text, flag) {
			return true
		}
	}
	return false
}

// FuzzTrigger parses arbitrary ONBUILD expressions, as in the configs of foreign
// images.
func FuzzTrigger(f *testing.F) {
	for _, s := range []string{"", "RUN make", "COPY <<EOF /x\na\nEOF", "ONBUILD RUN x", "FROM a", "RUN --mount=type=cache,target=/c x", "# escape=`\nRUN a", "a\x00b", "# check=skip=all\nRUN x"} {
		f.Add(s)
	}
	from := []parser.Range{{Start: parser.Position{Line: 3}, End: parser.Position{Line: 5}}}
	f.Fuzz(func(t *testing.T, expression string) {
		in, err := ParseTrigger(expression, '\\', from)
		if (err == nil) != (in.Command != nil) {
			t.Fatalf("command %v, error %v", in.Command, err)
		}
		if err == nil && in.Location()[0].Start.Line != 3 {
			t.Errorf("it is said to be at %v", in.Location())
		}
	})
}

// FuzzTTL parses arbitrary durations.
func FuzzTTL(f *testing.F) {
	for _, s := range []string{"", "1h", "1d12h", "90m", "-1h", "1w", "0", "999999999999d", "1.5h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseTTL(s); err == nil && d <= 0 {
			t.Errorf("%q is %v", s, d)
		}
	})
}
