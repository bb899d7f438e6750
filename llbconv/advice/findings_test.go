package advice_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"testing"

	"github.com/moby/patternmatcher"

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
		sources.Files = func(_ context.Context, dirs []string) (advice.Files, error) {
			return selected(files, advice.PatternsIn(dirs))
		}
	}
	result, _ := conversion.Run(t.Context(), c.Dockerfile, opt.Check, sources, opt.Options)
	if result == nil {
		return nil
	}
	return result.Advice
}

// selected returns the files that a client would list, with the content that it would
// send.
func selected(files advice.Files, patterns advice.Patterns) (advice.Files, error) {
	list := advice.Files{}
	for name, content := range files {
		listed, err1 := patternmatcher.MatchesOrParentMatches(name, patterns.Listed)
		excluded, err2 := patternmatcher.MatchesOrParentMatches(name, patterns.NotListed)
		read, err3 := patternmatcher.MatchesOrParentMatches(name, patterns.Read)
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, err
		}
		if !listed || excluded {
			continue
		}
		if list[name] = ""; read {
			list[name] = content
		}
	}
	return list, nil
}
