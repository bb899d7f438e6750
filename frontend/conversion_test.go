package frontend_test

import (
	"context"

	"github.com/moby/buildkit/frontend/dockerui"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/conversion"
)

// strata converts like a build for one platform, with the request of the
// gateway.
func strata(ctx context.Context, gw *difftest.Gateway, p *ocispecs.Platform) difftest.Result {
	var failed difftest.Result
	ui, err := dockerui.NewClient(gw)
	if err != nil {
		failed.Fail(err)
		return failed
	}
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		failed.Fail(err)
		return failed
	}
	policy := conversion.Policy
	policy.NoCache = ui.IsNoCache
	options := request.Options(ui, src.SourceMap, p, policy)
	out, diags := conversion.Run(ctx, src.Data, ui.LinterConfig, request.Sources(ctx, ui, nil), options)
	return conversion.Result(ctx, out, diags)
}
