package frontend_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/internal/difftest/reference"
	"github.com/stratabuild/strata/llbconv/diag"
)

// corpus is where the cases are.
const corpus = "../llbconv/testdata/corpus"

// FuzzConvert converts arbitrary text with arbitrary options. Strata must not
// panic or hang, must give the same bytes every time, and must agree with the
// reference: on success or failure, on the ops, the image and the warnings.
// The options are lines as optionText writes them.
func FuzzConvert(f *testing.F) {
	for _, c := range seedCases(f) {
		f.Add(string(c.Dockerfile), optionText(c))
	}
	for _, dockerfile := range ownFlags {
		f.Add(dockerfile, "cmdline=difftest")
	}
	f.Fuzz(func(t *testing.T, dockerfile, options string) {
		if len(dockerfile) > 1<<15 {
			t.Skip("too long to be of interest")
		}
		checkConversion(t, dockerfile, options)
	})
}

// ownFlags use the flags that only Strata has.
var ownFlags = []string{
	"FROM busybox\nRUN --no-cache date\nCOPY --no-cache a b\nADD --no-cache=false c d\n",
	"FROM busybox\nENV T=1d\nRUN --cache-ttl=$T --mount=type=cache,target=/c apt-get update\nRUN --cache-ttl=2w x\n",
	"FROM busybox AS a\nARG --explicit TOKEN=x V\nRUN --arg=TOKEN,V --cache-key=\"$V b\" use $TOKEN\nFROM a\nRUN $TOKEN\n",
	"ARG --explicit G\nFROM busybox\nARG G\nONBUILD RUN --no-cache x\nONBUILD ARG --explicit Q\n",
	"FROM busybox\nRUN --cache-ttl=x --arg= --no-cache y\nARG --explict A\nWORKDIR --no-cache /a\n",
}

// usesOwnFlags reports whether an instruction, or a comment above it, has a flag
// that only Strata has.
func usesOwnFlags(dockerfile []byte) bool {
	tree, err := parser.Parse(bytes.NewReader(dockerfile))
	return err == nil && slices.ContainsFunc(tree.AST.Children, hasOwnFlag)
}

var (
	ownFlag    = regexp.MustCompile(`^--(no-cache|cache-ttl|cache-key|arg|explic)`)
	ownComment = regexp.MustCompile(`(?i)^strata\s*=`)
)

func hasOwnFlag(node *parser.Node) bool {
	_, known := command.Commands[strings.ToLower(node.Value)]
	return known && (slices.ContainsFunc(node.Flags, ownFlag.MatchString) ||
		slices.ContainsFunc(node.PrevComment, ownComment.MatchString) ||
		node.Next != nil && slices.ContainsFunc(node.Next.Children, hasOwnFlag))
}

func checkConversion(t *testing.T, dockerfile, options string) {
	checkCase(t, caseOf(dockerfile, options))
}

// checkCase converts for the first platform of the case.
func checkCase(t *testing.T, c difftest.Case) {
	p := c.Platforms()[0]
	watchdog := time.AfterFunc(2*time.Minute, func() { panic(fmt.Sprintf("conversion hangs:\n%s\n%s", c.Dockerfile, optionText(c))) })
	got := strata(t.Context(), difftest.NewGateway(c), p)
	repeat(t, c, p, got)
	watchdog.Stop()
	if !usesOwnFlags(c.Dockerfile) && !difftest.RaceEnabled { // the reference races
		agree(t, c, p, got)
	}
	checkError(t, got.Err)
}

// agree compares with the reference. If the reference gives several answers to an
// input, any of them is accepted.
func agree(t *testing.T, c difftest.Case, p *ocispecs.Platform, got difftest.Result) {
	t.Helper()
	var diffs []string
	for range 200 {
		want, ok := askInTime(t.Context(), c, p)
		if !ok {
			return
		}
		if diffs, _ = difftest.Differences(c, want, got); len(diffs) == 0 {
			return
		}
	}
	t.Errorf("differs from the reference:\n%s", strings.Join(diffs, "\n"))
}

// patience is how long the reference may take. For some files it never ends.
const patience = 3 * time.Second

// givenUp counts the conversions of the reference that took longer.
var givenUp atomic.Int32

// askInTime returns the reference's answer, if it comes in time. A panic counts as
// an error.
func askInTime(ctx context.Context, c difftest.Case, p *ocispecs.Platform) (_ difftest.Result, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer := make(chan difftest.Result, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				var r difftest.Result
				r.Fail(fmt.Errorf("panic: %v", v))
				answer <- r
			}
		}()
		answer <- reference.Convert(ctx, c, p)
	}()
	select {
	case r := <-answer:
		return r, true
	case <-ctx.Done(): // which ends it, unless it computes
		if n := givenUp.Add(1); n%10 == 0 {
			fmt.Fprintf(os.Stderr, "%d conversions of the reference given up\n", n)
		}
		return difftest.Result{}, false
	}
}

// repeat converts again and expects the same bytes.
func repeat(t *testing.T, c difftest.Case, p *ocispecs.Platform, first difftest.Result) {
	t.Helper()
	again := strata(t.Context(), difftest.NewGateway(c), p)
	if diffs := conversion.Repetition(first, again); len(diffs) > 0 {
		t.Fatalf("two conversions differ:\n%s", strings.Join(diffs, "\n"))
	}
}

// checkError expects every error to have a message, and none to be a panic.
func checkError(t *testing.T, err error) {
	t.Helper()
	var many *diag.Errors
	if !errors.As(err, &many) {
		return
	}
	for _, d := range many.Diagnostics {
		if strings.TrimSpace(d.Message) == "" || strings.Contains(d.Message, "internal error") {
			t.Errorf("%#v", d)
		}
	}
}

// seedCases are cases of the corpus, and the goldens.
func seedCases(tb testing.TB) []difftest.Case {
	cases, err := difftest.Seeds(corpus)
	if err != nil {
		tb.Fatal(err)
	}
	goldens, err := difftest.LoadCorpus("../llbconv/testdata/golden")
	if err != nil {
		tb.Fatal(err)
	}
	return append(cases, goldens...)
}

// optionText writes the options of a case as lines "option=value", as clients
// send them; caseOf reads them.
func optionText(c difftest.Case) string {
	var lines []string
	for key, value := range difftest.NewGateway(c).BuildOpts().Opts {
		lines = append(lines, key+"="+value)
	}
	slices.Sort(lines)
	for _, name := range c.Options.Caps {
		lines = append(lines, "-cap="+name)
	}
	for line := range strings.Lines(string(c.Dockerignore)) {
		lines = append(lines, ".dockerignore="+strings.TrimSuffix(line, "\n"))
	}
	return strings.Join(lines, "\n")
}

func caseOf(dockerfile, options string) difftest.Case {
	c := difftest.Case{Name: "fuzz", Dockerfile: []byte(dockerfile)}
	c.Options.Opts = map[string]string{}
	for line := range strings.SplitSeq(options, "\n") {
		key, value, _ := strings.Cut(line, "=")
		switch key {
		case "":
		case "platform":
			c.Options.Platform = value
		case "-cap":
			c.Options.Caps = append(c.Options.Caps, value)
		case ".dockerignore":
			c.Dockerignore = append(c.Dockerignore, value+"\n"...)
		default:
			c.Options.Opts[key] = value
		}
	}
	return c
}
