// Package reference runs BuildKit's own frontend on the cases of package difftest. Strata's results are compared with
// its results. Only tests import this package.
package reference

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
)

// Convert converts the case for one platform the way BuildKit's own frontend does. The platform is one of
// c.Platforms().
func Convert(ctx context.Context, c difftest.Case, platform *ocispecs.Platform) difftest.Result {
	var res difftest.Result
	out, err := convert(ctx, difftest.NewGateway(c), platform, &res)
	if err == nil {
		err = fill(ctx, &res, out)
	}
	if err != nil {
		res.Fail(err)
	}
	return res
}

func convert(ctx context.Context, gw *difftest.Gateway, platform *ocispecs.Platform, res *difftest.Result) (*dockerfile2llb.Result, error) {
	ui, err := dockerui.NewClient(gw)
	if err != nil {
		return nil, err
	}
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		return nil, err
	}
	opt := dockerfile2llb.ConvertOpt{
		Config:         ui.Config,
		Client:         ui,
		SourceMap:      src.SourceMap,
		MetaResolver:   gw,
		TargetPlatform: platform,
		Warn:           res.Warner(),
	}
	opt.BuildArgs = maps.Clone(opt.BuildArgs)
	return dockerfile2llb.Dockerfile2LLB(ctx, src.Data, opt)
}

// fill writes the result of the reference into res.
func fill(ctx context.Context, res *difftest.Result, out *dockerfile2llb.Result) error {
	def, err := marshal(ctx, out.State)
	if err != nil {
		return err
	}
	image, err := json.Marshal(out.Image)
	if err != nil {
		return err
	}
	if out.BaseImage != nil {
		if res.BaseImage, err = json.Marshal(out.BaseImage); err != nil {
			return err
		}
	}
	res.Epoch, res.IgnoreCache = out.Epoch, out.IsIgnoreCache
	if out.SBOM != nil {
		res.Scan = map[string]*pb.Definition{}
		for name, st := range out.SBOM.Extras {
			if res.Scan[name], err = marshal(ctx, st); err != nil {
				return err
			}
		}
	}
	res.Definition, res.Image = def, image
	return nil
}

func marshal(ctx context.Context, st llb.State) (*pb.Definition, error) {
	def, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	return def.ToPB(), nil
}
