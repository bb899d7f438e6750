package advice_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv/advice"
)

var update = flag.Bool("update", false, "rewrite the goldens")

const corpusFile = "testdata/corpus.txt"

// A file lists all findings in the corpus of the conversion. Each of them has been
// reviewed.
func TestCorpus(t *testing.T) {
	cases, err := difftest.LoadCorpus("../testdata/corpus")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range cases {
		for _, f := range adviceOf(t, c, nil) {
			fmt.Fprintf(&b, "%s:%d %s: %s\n", c.Name, f.Line(), f.Code, f.Message)
		}
	}
	compareGolden(t, corpusFile, b.String())
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	want, err := os.ReadFile(name)
	if err == nil && string(want) == got {
		return
	}
	if !*update {
		t.Errorf("%s (rewrite it with -update)", difftest.DiffText(string(want), got))
		return
	}
	if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
		t.Error(err)
	}
}

// adviceOf converts all stages of a case and returns the findings of all checks. It
// returns none for a case with an error.
func adviceOf(t *testing.T, c difftest.Case, files advice.Files) []advice.Finding {
	t.Helper()
	gw := difftest.NewGateway(c)
	opt, err := conversion.Options(gw, c.Platforms()[0])
	if err != nil {
		return nil
	}
	opt.Advice = true
	opt.AllStages = opt.Target == ""
	sources := conversion.Sources(gw)
	if files != nil {
		sources.Files = func(context.Context) (advice.Files, error) { return files, nil }
	}
	result, _ := conversion.Run(t.Context(), c.Dockerfile, opt.Check, sources, opt.Options)
	if result == nil {
		return nil
	}
	return result.Advice
}
