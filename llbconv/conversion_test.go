package llbconv_test

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
)

// testPolicy makes the flags about the cache give the same in every test.
var testPolicy = llbconv.CachePolicy{Now: noon, BuildID: "build"}

// strata converts like frontend.Build does for one platform.
func strata(ctx context.Context, gw *difftest.Gateway, p *ocispecs.Platform) difftest.Result {
	var r difftest.Result
	ui, err := dockerui.NewClient(gw)
	if err != nil {
		r.Fail(err)
		return r
	}
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		r.Fail(err)
		return r
	}
	file, diags := llbconv.Parse(src.Data, ui.LinterConfig)
	var out *llbconv.Result
	if file != nil {
		var converted diag.List
		out, converted = llbconv.Convert(ctx, file, request.Sources(ctx, ui, nil), request.Options(ui, src.SourceMap, p, testPolicy))
		diags = append(diags, converted...)
	}
	warn := r.Warner()
	for _, d := range diags.Warnings() {
		warn(d.Code, d.Detail, d.URL, d.Text(), slices.Concat(d.Ranges()...))
	}
	for _, d := range diags {
		if d.Severity == diag.Error {
			r.Problems = append(r.Problems, difftest.Problem{Message: d.Text(), Places: d.Ranges()})
		}
	}
	if r.Err = diags.Err(); r.Err == nil {
		if err := fill(ctx, &r, out); err != nil {
			r.Fail(err)
		}
	}
	return r
}

func fill(ctx context.Context, r *difftest.Result, out *llbconv.Result) error {
	var err error
	if r.Definition, err = out.Marshal(ctx); err != nil {
		return err
	}
	if r.Image, err = json.Marshal(out.Image); err != nil {
		return err
	}
	if out.Base != nil {
		if r.BaseImage, err = json.Marshal(out.Base); err != nil {
			return err
		}
	}
	sbom := out.SBOM()
	r.Epoch, r.IgnoreCache = out.Epoch, sbom.NoCache
	r.Scan = map[string]*pb.Definition{}
	for name, st := range sbom.Extras {
		if r.Scan[name], err = marshal(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

func marshal(ctx context.Context, st llb.State) (*pb.Definition, error) {
	def, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	return def.ToPB(), nil
}
