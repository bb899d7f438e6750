package bench

import (
	"context"
	"errors"

	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
)

// A conversion is a Dockerfile that both frontends convert. All answers of the
// gateway are prepared, so that only the conversion is measured.
type conversion struct {
	gateway  *difftest.Gateway
	ui       *dockerui.Client
	src      *dockerui.Source
	platform *ocispecs.Platform
	// checks makes Strata run all checks of the cache too.
	checks bool
}

func newConversion(ctx context.Context, c difftest.Case) (*conversion, error) {
	x := &conversion{gateway: difftest.NewGateway(c), platform: c.Platforms()[0]}
	var err error
	if x.ui, err = dockerui.NewClient(x.gateway); err != nil {
		return nil, err
	}
	x.src, err = x.ui.ReadEntrypoint(ctx, "Dockerfile")
	return x, err
}

// strata converts and marshals.
func (x *conversion) strata(ctx context.Context) (*pb.Definition, error) {
	sources := request.Sources(ctx, x.ui, nil)
	file, diags := llbconv.Parse(x.src.Data, x.ui.LinterConfig)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	policy, err := request.CachePolicy(x.ui, epoch, "bench")
	if err != nil {
		return nil, err
	}
	opt := request.Options(x.ui, x.src.SourceMap, x.platform, policy)
	opt.Checks.Advice = x.checks
	res, diags := llbconv.Convert(ctx, file, sources, opt)
	if err := diags.Err(); err != nil {
		return nil, err
	}
	return res.Marshal(ctx)
}

// reference does the same like BuildKit's own frontend.
func (x *conversion) reference(ctx context.Context) (*pb.Definition, error) {
	var warnings difftest.Result
	res, err := dockerfile2llb.Dockerfile2LLB(ctx, x.src.Data, dockerfile2llb.ConvertOpt{
		Config:         x.ui.Config,
		Client:         x.ui,
		SourceMap:      x.src.SourceMap,
		MetaResolver:   x.gateway,
		TargetPlatform: x.platform,
		Warn:           warnings.Warner(),
	})
	if err != nil {
		return nil, err
	}
	def, err := res.State.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	return def.ToPB(), nil
}

// compare returns an error unless both make the same graph.
func (x *conversion) compare(ctx context.Context) error {
	got, err := x.strata(ctx)
	if err != nil {
		return err
	}
	want, err := x.reference(ctx)
	if err != nil {
		return err
	}
	if difftest.Canonical(got) != difftest.Canonical(want) {
		return errors.New("the two do not make the same graph")
	}
	return nil
}
