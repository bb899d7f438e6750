package advice_test

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv/advice"
)

var update = flag.Bool("update", false, "rewrite the goldens")

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

// adviceOf converts all stages of a case and returns the findings of all checks,
// none for a case that is in error.
func adviceOf(t *testing.T, c difftest.Case, files advice.Files) []advice.Finding {
	t.Helper()
	gw := difftest.NewGateway(c)
	opt, err := conversion.Options(gw, c.Platforms()[0])
	if err != nil {
		return nil
	}
	opt.Checks.Advice = true
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
