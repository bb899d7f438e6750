// Package conversion runs package llbconv on the cases of package difftest.
//
// Nothing but tests imports it.
package conversion

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
)

// Policy gives the flags about the cache the same result in every conversion.
var Policy = llbconv.CachePolicy{Now: time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC), BuildID: "build"}

// Convert converts the case for one platform, one of c.Platforms(). The inputs of the conversion come from the case
// itself, without packages of BuildKit's frontend.
func Convert(ctx context.Context, c difftest.Case, platform *ocispecs.Platform) difftest.Result {
	out, diags := RunCase(ctx, c, platform)
	return Result(ctx, out, diags)
}

// RunCase is Convert, but returns the result of llbconv.
func RunCase(ctx context.Context, c difftest.Case, platform *ocispecs.Platform) (*llbconv.Result, diag.List) {
	gw := difftest.NewGateway(c)
	opt, err := Options(gw, platform)
	if err != nil {
		return nil, diag.FromError(err)
	}
	return Run(ctx, c.Dockerfile, opt.Check, Sources(gw), opt.Options)
}

// Run parses and converts a Dockerfile.
func Run(ctx context.Context, dockerfile []byte, check *linter.Config, sources llbconv.Sources, opt llbconv.Options) (*llbconv.Result, diag.List) {
	file, diags := llbconv.Parse(dockerfile, check)
	if file == nil {
		return nil, diags
	}
	out, converted := llbconv.Convert(ctx, file, sources, opt)
	return out, append(diags, converted...)
}

// Result returns the result of a conversion in a form that can be compared.
func Result(ctx context.Context, out *llbconv.Result, diags diag.List) difftest.Result {
	var r difftest.Result
	warn := r.Warner()
	for _, d := range diags.Warnings() {
		warn(d.Kind.Code, d.Kind.Detail, d.Kind.URL, d.Text(), slices.Concat(d.Ranges()...))
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
