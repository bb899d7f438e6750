package llbconv_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv/diag"
)

// The tests of this file cover known faults of the reference conversion that Strata
// does not have.

func convertText(t *testing.T, dockerfile string, options difftest.Options) difftest.Result {
	t.Helper()
	c := difftest.Case{Name: t.Name(), Dockerfile: []byte(dockerfile), Options: options}
	return conversion.Convert(t.Context(), c, nil)
}

func TestStageNameInAnyCase(t *testing.T) {
	for name, dockerfile := range map[string]string{
		"declared in capitals": "FROM scratch AS Foo\nCOPY a /\nFROM Foo\nCOPY b /\n",
		"used in capitals":     "FROM scratch AS foo\nCOPY a /\nFROM FOO\nCOPY b /\n",
		"from a global arg":    "ARG base=Foo\nFROM scratch AS foo\nCOPY a /\nFROM $base\nCOPY b /\n",
	} {
		got := convertText(t, dockerfile, difftest.Options{})
		want := convertText(t, "FROM scratch AS foo\nCOPY a /\nFROM foo\nCOPY b /\n", difftest.Options{})
		if got.Err != nil || difftest.Canonical(got.Definition) != difftest.Canonical(want.Definition) {
			t.Errorf("%s: %v\n%s", name, got.Err, difftest.Canonical(got.Definition))
		}
	}
}

// An index counts only FROM instructions. The reference also numbers the images
// that instructions name, so that COPY --from=1 here copies from alpine.
func TestIndexNeverMeansImplicitStage(t *testing.T) {
	for _, dockerfile := range []string{
		"FROM busybox\nCOPY --from=alpine /a /a\nCOPY --from=1 /b /b\n",
		"FROM busybox\nRUN --mount=from=alpine,target=/m true\nCOPY --from=1 /b /b\n",
		"FROM busybox\nRUN --mount=type=cache,target=/m true\nCOPY --from=1 /b /b\n",
	} {
		got := convertText(t, dockerfile, difftest.Options{})
		if got.Err == nil || !strings.Contains(got.Err.Error(), "invalid stage index 1") {
			t.Errorf("%s\nerror: %v", dockerfile, got.Err)
		}
	}
}

func TestNoCacheReachesWorkdir(t *testing.T) {
	got := convertText(t, "FROM busybox\nWORKDIR /app\nRUN true\n", difftest.Options{NoCache: []string{}})
	var names []string
	for _, md := range got.Definition.Metadata {
		if md.IgnoreCache {
			names = append(names, md.Description["llb.customname"])
		}
	}
	slices.Sort(names)
	if want := []string{"[2/3] WORKDIR /app", "[3/3] RUN true"}; !slices.Equal(names, want) {
		t.Errorf("steps that ignore the cache: %q, want %q", names, want)
	}
}

func TestLinkThatCannotHoldWarns(t *testing.T) {
	noMerge := difftest.Options{Caps: []string{"mergeop"}}
	for _, c := range []struct {
		step    string
		options difftest.Options
		warns   bool // on line 2
	}{
		{step: "COPY --link a /a"},
		{step: "COPY --link a /a", options: noMerge, warns: true},
		{step: "ADD --link a /a", options: noMerge, warns: true},
		{step: "COPY a /a", options: noMerge},
		{step: "COPY --link=false a /a", options: noMerge},
		{step: "# check=skip=LinkIgnored\nCOPY --link a /a", options: noMerge},
		{step: "# check=skip=all\nCOPY --link a /a", options: noMerge},
	} {
		got := convertText(t, "FROM busybox\n"+c.step+"\n", c.options)
		want := map[bool]string{true: "LinkIgnored 2", false: ""}[c.warns]
		if warned := rules(got); got.Err != nil || warned != want {
			t.Errorf("%s without %v: error %v, warnings %q", c.step, c.options.Caps, got.Err, warned)
		}
	}
}

func TestFlagAfterNameWarns(t *testing.T) {
	for dockerfile, want := range map[string]string{
		"FROM busybox\nARG A=1 --explicit\n":                             "FlagAfterName 2",
		"ARG A --explicit=true\nFROM busybox\n":                          "FlagAfterName 1",
		"FROM busybox\nARG A=1 --other\n":                                "",
		"FROM busybox\nARG --explicit A=1\n":                             "",
		"FROM busybox\nENV X=1 --explicit=1\n":                           "",
		"FROM busybox\n# check=skip=FlagAfterName\nARG A=1 --explicit\n": "",
		"# check=error=true\nFROM busybox\nARG A=1 --explicit\n":         "FlagAfterName 3",
	} {
		got := convertText(t, dockerfile, difftest.Options{})
		if warned := rules(got); got.Err != nil || warned != want {
			t.Errorf("%q: error %v, warnings %q, want %q", dockerfile, got.Err, warned, want)
		}
	}
}

// rules returns the warnings of a result, each with its rule and line.
func rules(r difftest.Result) string {
	var list []string
	for _, w := range r.Warnings {
		list = append(list, fmt.Sprint(w.Rule, " ", w.Ranges[0].Start.Line))
	}
	return strings.Join(list, ", ")
}

// Independent errors are reported together, within each pass.
func TestEveryErrorIsReported(t *testing.T) {
	for name, c := range map[string]struct {
		dockerfile string
		lines      []int
	}{
		"syntax":       {"FROM busybox\nRUNN a\nWORKDIR\nFROM\nFROM alpine\nCOPY a\n", []int{2, 3, 4, 6}},
		"stages":       {"FROM busybox AS a\nCOPY --from=9 a b\nFROM $x\nFROM --platform=a/b/c/d busybox\n", []int{3, 4, 2}},
		"images":       {"FROM no/such AS a\nFROM no/other\nCOPY --from=a / /\nCOPY --from=no/third / /\n", []int{1, 2, 4}},
		"instructions": {"FROM busybox\nEXPOSE x\nRUN true\nSTOPSIGNAL none\nCOPY --chmod=9 a /a\n", []int{2, 4, 5}},
		"two stages":   {"FROM busybox AS a\nEXPOSE x\nFROM busybox\nEXPOSE y\nCOPY --from=a / /\n", []int{2, 4}},
		"triggers":     {"FROM test/onbuild-bad AS a\nFROM test/onbuild-bad\nCOPY --from=a / /\n", []int{1, 2}},
	} {
		got := convertText(t, c.dockerfile, difftest.Options{})
		if lines := conversion.ErrorLines(got.Err); !slices.Equal(lines, c.lines) {
			t.Errorf("%s: errors on lines %v, want %v:\n%v", name, lines, c.lines, got.Err)
		}
	}
}

// errors.As finds each error in the joined error.
func TestErrorsUnwrap(t *testing.T) {
	got := convertText(t, "FROM busybox\nEXPOSE x\nSTOPSIGNAL none\n", difftest.Options{})
	var many *diag.Errors
	if !errors.As(got.Err, &many) || len(many.Unwrap()) != 2 {
		t.Errorf("%#v", got.Err)
	}
}

func TestMissingCapabilities(t *testing.T) {
	for _, c := range []struct{ step, lacks, warning, err string }{
		{step: "COPY --parents a/b /x", lacks: "file.copy.requiredpaths", warning: "ParentsUnchecked 2"},
		{step: "# check=skip=ParentsUnchecked\nCOPY --parents a/b /x", lacks: "file.copy.requiredpaths"},
		{step: "COPY --parents a/* /x", lacks: "file.copy.requiredpaths"},
		{step: "COPY --parents a/b /x", lacks: "mergeop"},
		{step: "RUN --device=a.com/d,required b", lacks: "exec.meta.cdi", err: `the device "a.com/d"`},
		{step: "COPY --chmod=u+x a /a", lacks: "gc.freespacefilter", err: "--chmod=u+x: this BuildKit supports permissions as numbers only"},
		{step: "COPY --chmod=755 a /a", lacks: "gc.freespacefilter"},
		{step: "RUN --device=a.com/d b", lacks: "exec.meta.cdi"},
	} {
		got := convertText(t, "FROM busybox\n"+c.step+"\n", difftest.Options{Caps: []string{c.lacks}})
		failed := got.Err != nil && strings.Contains(got.Err.Error(), c.err)
		if rules(got) != c.warning || failed != (c.err != "") {
			t.Errorf("%s without %s: error %v, warnings %v", c.step, c.lacks, got.Err, got.Warnings)
		}
	}
}

// An invalid instruction does not change the state: later instructions are checked
// as if it did not exist.
func TestInstructionInErrorChangesNothing(t *testing.T) {
	for _, c := range []struct{ bad, then string }{
		{"ARG A=1 B=${X:?no}", "RUN --arg=A true"},
		{"ARG A=1 B=${X:?no}", "WORKDIR /${A:?not set}"},
		{"ENV A=1 B=${X:?no}", "WORKDIR /${A:?not set}"},
		{"LABEL a=1 b=${X:?no}", "LABEL a=2"},
		{"WORKDIR /${X:?no}", "WORKDIR b"},
		{"EXPOSE 1 x", "EXPOSE 2"},
		{"COPY --chmod=9 a /b", "COPY a /b"},
		{"RUN --mount=target=/ true", "RUN true"},
	} {
		const base = "FROM busybox\n"
		with := convertText(t, base+c.bad+"\n"+c.then+"\n", difftest.Options{})
		without := convertText(t, base+"# "+c.bad+"\n"+c.then+"\n", difftest.Options{})
		got, want := errorTexts(with.Err), errorTexts(without.Err)
		if len(got) == 0 || !slices.Equal(got[1:], want) {
			t.Errorf("%s\n%s\nerrors %q, and without the first line %q", c.bad, c.then, got, want)
		}
	}
}

func errorTexts(err error) []string {
	var many *diag.Errors
	if !errors.As(err, &many) {
		return nil
	}
	var texts []string
	for _, d := range many.Diagnostics {
		texts = append(texts, d.Text())
	}
	return texts
}

// The triggers of an image that is only copied from do not run, so the images that
// they name are not needed. The reference resolves them, and never ends if the
// image names itself.
func TestTriggersOfCopiedImages(t *testing.T) {
	onbuild := func(trigger string) difftest.Image {
		config, err := json.Marshal(map[string]any{"config": map[string]any{"OnBuild": []string{trigger}}})
		if err != nil {
			t.Fatal(err)
		}
		return difftest.Image{Config: config}
	}
	images := map[string]difftest.Image{
		"itself": onbuild("COPY --from=itself /a /a"),
		"one":    onbuild("COPY --from=two /a /a"),
		"two":    onbuild("RUN --mount=from=one,target=/a true"),
		"lost":   onbuild("COPY --from=no/such /a /a"),
		"broken": onbuild("FROBNICATE"),
	}
	for name := range images {
		done := make(chan difftest.Result)
		go func() {
			done <- convertText(t, "FROM busybox\nCOPY --from="+name+" /b /b\n", difftest.Options{Images: images})
		}()
		select {
		case got := <-done:
			if got.Err != nil {
				t.Errorf("%s: %v", name, got.Err)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: the conversion does not end", name)
		}
	}
}
