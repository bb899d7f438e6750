package difftest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Result is what one conversion gave, in a form that can be compared.
type Result struct {
	// Err is why the conversion failed; the definition and the configs are then nil, but there can be warnings.
	Err error
	// Problems are what Err consists of: a single one for the reference, one or more for Strata.
	Problems []Problem
	// Definition is the marshalled graph, Image and BaseImage the configs as JSON (nil when there is none).
	Definition *pb.Definition
	Image      []byte
	BaseImage  []byte
	Epoch      *time.Time
	Warnings   []Warning
	// Scan holds the further states that an SBOM scanner looks at, by name.
	Scan        map[string]*pb.Definition
	IgnoreCache bool
}

// Warning is a finding of the linter.
type Warning struct {
	Rule        string
	Description string
	URL         string
	Message     string
	Ranges      []parser.Range
}

// Problem is one error, with the places in the Dockerfile that it points at.
type Problem struct {
	Message string
	Places  [][]parser.Range
}

// Fail sets the error of a result, which is a single problem.
func (r *Result) Fail(err error) {
	p := Problem{Message: err.Error()}
	var located *parser.LocationError
	if errors.As(err, &located) {
		p.Places = located.Locations
	}
	r.Err, r.Problems = err, []Problem{p}
}

// Warner collects warnings into a result, from several goroutines if need be.
func (r *Result) Warner() linter.LintWarnFunc {
	var mu sync.Mutex
	return func(rule, description, url, message string, ranges []parser.Range) {
		mu.Lock()
		defer mu.Unlock()
		r.Warnings = append(r.Warnings, Warning{rule, description, url, message, ranges})
	}
}

// Reference converts the case for one platform the way BuildKit's own frontend does. The platform is one of
// c.Platforms().
func Reference(ctx context.Context, c Case, platform *ocispecs.Platform) Result {
	return ReferenceOn(ctx, NewGateway(c), platform)
}

// ReferenceOn is Reference on a gateway of the caller's.
func ReferenceOn(ctx context.Context, gw *Gateway, platform *ocispecs.Platform) Result {
	var res Result
	if err := res.convert(ctx, gw, platform); err != nil {
		res.Fail(err)
	}
	return res
}

func (r *Result) convert(ctx context.Context, gw *Gateway, platform *ocispecs.Platform) error {
	ui, err := dockerui.NewClient(gw)
	if err != nil {
		return err
	}
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		return err
	}
	opt := dockerfile2llb.ConvertOpt{
		Config:         ui.Config,
		Client:         ui,
		SourceMap:      src.SourceMap,
		MetaResolver:   gw,
		TargetPlatform: platform,
		Warn:           r.Warner(),
	}
	opt.BuildArgs = maps.Clone(opt.BuildArgs)
	out, err := dockerfile2llb.Dockerfile2LLB(ctx, src.Data, opt)
	if err != nil {
		return err
	}
	return r.fill(ctx, out)
}

// fill takes over the reference's own result.
func (r *Result) fill(ctx context.Context, out *dockerfile2llb.Result) error {
	def, err := marshal(ctx, out.State)
	if err != nil {
		return err
	}
	image, err := json.Marshal(out.Image)
	if err != nil {
		return err
	}
	if out.BaseImage != nil {
		if r.BaseImage, err = json.Marshal(out.BaseImage); err != nil {
			return err
		}
	}
	r.Epoch, r.IgnoreCache = out.Epoch, out.IsIgnoreCache
	if out.SBOM != nil {
		r.Scan = map[string]*pb.Definition{}
		for name, st := range out.SBOM.Extras {
			if r.Scan[name], err = marshal(ctx, st); err != nil {
				return err
			}
		}
	}
	r.Definition, r.Image = def, image
	return nil
}

func marshal(ctx context.Context, st llb.State) (*pb.Definition, error) {
	def, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	return def.ToPB(), nil
}
