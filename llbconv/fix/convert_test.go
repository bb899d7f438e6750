package fix_test

import (
	"context"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/fix"
)

// converted is a Dockerfile after its conversion.
type converted struct {
	result *llbconv.Result
	diags  diag.List
}

// convert converts all stages of a case, with another text.
func convert(ctx context.Context, c difftest.Case, text []byte) (out converted, err error) {
	c.Dockerfile = text
	gw := difftest.NewGateway(c)
	opt, err := conversion.Options(gw, nil)
	if err != nil {
		return out, err
	}
	opt.AllStages = opt.Target == ""
	out.result, out.diags = conversion.Run(ctx, text, &linter.Config{}, conversion.Sources(gw), opt.Options)
	return out, nil
}

// definition returns the graph, or nil if there is an error.
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

// fixes returns the fixes of the warnings about a text.
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

// fixAll applies the safe fixes of a case.
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
