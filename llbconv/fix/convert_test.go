package fix_test

import (
	"context"
	"testing"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/fix"
)

// converted is a Dockerfile after its conversion.
type converted struct {
	result *llbconv.Result
	diags  diag.List
}

// convert converts a case with another text, all stages of it.
func convert(ctx context.Context, c difftest.Case, text []byte) (out converted, err error) {
	c.Dockerfile = text
	ui, err := dockerui.NewClient(difftest.NewGateway(c))
	if err != nil {
		return out, err
	}
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		return out, err
	}
	file, diags := llbconv.Parse(src.Data, &linter.Config{})
	out.diags = diags
	if file == nil {
		return out, nil
	}
	policy := llbconv.CachePolicy{Now: time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC), BuildID: "build"}
	opt := request.Options(ui, src.SourceMap, nil, policy)
	opt.AllStages = opt.Target == ""
	out.result, diags = llbconv.Convert(ctx, file, request.Sources(ctx, ui, nil), opt)
	out.diags = append(out.diags, diags...)
	return out, nil
}

// definition is the graph, nil where there is an error.
func (c converted) definition(t testing.TB) *pb.Definition {
	t.Helper()
	if c.result == nil {
		return nil
	}
	def, err := c.result.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// fixes are the fixes of the warnings about a text.
func (c converted) fixes(text []byte) (fixes []fix.Fix, err error) {
	file, err := fix.Parse(text)
	if err != nil {
		return nil, err
	}
	for _, d := range c.diags.Warnings() {
		if f, ok := file.Lint(d); ok {
			fixes = append(fixes, f)
		}
	}
	return fixes, nil
}

// fixAll makes the safe fixes of a case.
func fixAll(ctx context.Context, c difftest.Case) ([]byte, []fix.Fix, error) {
	return fix.All(c.Dockerfile, func(text []byte) ([]fix.Fix, error) {
		out, err := convert(ctx, c, text)
		if err != nil {
			return nil, err
		}
		if err := out.diags.Err(); err != nil {
			return nil, err
		}
		return out.fixes(text)
	})
}
