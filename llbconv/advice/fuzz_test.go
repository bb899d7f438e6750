package advice_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv/advice"
)

// No text makes a check panic, and all edits are inside the text.
func FuzzChecks(f *testing.F) {
	files, err := filepath.Glob("testdata/real/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		c, _ := realCase(txtar.Parse(data))
		f.Add(string(c.Dockerfile))
	}
	known := advice.Files{"package.json": "{}", "package-lock.json": "", "go.mod": "", "Gemfile": "", "requirements.txt": "", ".env": "", ".git/HEAD": ""}
	f.Fuzz(func(t *testing.T, text string) {
		gw := difftest.NewGateway(difftest.Case{Dockerfile: []byte(text)})
		opt, err := conversion.Options(gw, nil)
		if err != nil {
			t.Fatal(err)
		}
		opt.Checks.Advice, opt.AllStages = true, true
		sources := conversion.Sources(gw)
		sources.Files = func(context.Context, []string) (advice.Files, error) { return known, nil }
		result, diags := conversion.Run(t.Context(), []byte(text), nil, sources, opt.Options)
		if err := diags.Err(); err != nil && strings.Contains(err.Error(), "internal error") {
			t.Fatal(err)
		}
		if result == nil {
			return
		}
		for _, found := range result.Advice {
			if _, err := advice.Apply([]byte(text), found.Edits); err != nil || found.Line() == 0 {
				t.Errorf("%+v: %v", found, err)
			}
		}
	})
}
