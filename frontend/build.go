// Package frontend is Strata's BuildKit gateway frontend: everything that
// crosses the wire to BuildKit. Build reads the request, loads the sources,
// converts them with package llbconv, has BuildKit solve the result, and
// answers.
package frontend

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/identity"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/ahead"
	"github.com/stratabuild/strata/frontend/inputs"
	"github.com/stratabuild/strata/frontend/profile"
	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv"
)

// Build serves one request of a client. It is a client.BuildFunc.
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	return profile.Build(c, func() (*client.Result, error) {
		return buildAt(ctx, c, time.Now(), identity.NewID())
	})
}

// buildAt is Build at a time and with an id of the build that tests can choose.
func buildAt(ctx context.Context, c client.Client, now time.Time, id string) (_ *client.Result, err error) {
	defer guard.Recover(&err)
	early := ahead.New(ctx, c)
	defer early.Close()
	ui, err := dockerui.NewClient(early)
	if err != nil {
		return nil, err
	}
	forward, capsErr := checkCaps(ui.BuildOpts().Opts["frontend.caps"])
	if capsErr != nil && !forward {
		return nil, capsErr
	}
	src, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		return nil, err
	}
	if res, ok, err := forwardSyntax(ctx, c, src); ok {
		return res, err
	}
	if capsErr != nil {
		return nil, capsErr
	}
	policy, err := inputs.CachePolicy(ui, now, id)
	if err != nil {
		return nil, err
	}
	b := &build{client: c, ui: ui, src: src, report: newReporter(src), policy: policy}
	defer b.report.flush(ctx)
	return b.serve(ctx)
}

// build is one request.
type build struct {
	client client.Client // solves what is built
	ui     *dockerui.Client
	src    *dockerui.Source
	report *reporter
	policy llbconv.CachePolicy
	graphs atomic.Int64 // bytes of all graphs that were solved
}

func (b *build) serve(ctx context.Context) (*client.Result, error) {
	if res, ok, err := b.handleRequest(ctx); ok {
		return res, err
	}
	sources := inputs.Sources(ctx, b.ui)
	file, diags := llbconv.Parse(b.src.Data, b.ui.LinterConfig)
	b.report.warn(ctx, diags)
	if err := b.report.err(diags); err != nil {
		return nil, err
	}
	scan := b.newScan(ctx)
	parsed := newParsed(file, sources, len(b.ui.TargetPlatforms))
	rb, err := b.ui.Build(ctx, func(ctx context.Context, p *ocispecs.Platform, i int) (*dockerui.BuildResult, error) {
		opt := b.options(p)
		// Warnings are about the Dockerfile: one platform's are enough.
		opt.NoLint = i > 0
		return b.platform(ctx, parsed, opt, scan)
	})
	if err != nil {
		return nil, err
	}
	if err := scan.attach(ctx, rb); err != nil {
		return nil, err
	}
	res, err := rb.Finalize()
	if err != nil {
		return nil, err
	}
	return res, checkSize(res, int(b.graphs.Load()))
}

// platform builds for one platform. Of what the conversion has made it holds
// only what is still needed: for a long Dockerfile that is a tenth.
func (b *build) platform(ctx context.Context, parsed *parsed, opt llbconv.Options, scan *scan) (_ *dockerui.BuildResult, err error) {
	defer guard.Recover(&err)
	built, def, err := b.marshal(ctx, parsed, opt, scan)
	if err != nil {
		return nil, err
	}
	b.graphs.Add(int64(def.SizeVT()))
	res, err := b.client.Solve(ctx, client.SolveRequest{
		Definition:   def,
		CacheImports: b.ui.CacheImports,
	})
	if err != nil {
		return nil, locateLack(explainSize(err), def)
	}
	built.Reference, err = res.SingleRef()
	return built, err
}

// marshal converts for one platform. The result lacks its reference.
func (b *build) marshal(ctx context.Context, parsed *parsed, opt llbconv.Options, scan *scan) (*dockerui.BuildResult, *pb.Definition, error) {
	converted, diags := llbconv.Convert(ctx, parsed.take(), parsed.sources, opt)
	b.report.warn(ctx, diags)
	if err := b.report.err(diags); err != nil {
		return nil, nil, err
	}
	scan.add(opt.Platform, converted)
	built := &dockerui.BuildResult{
		Image:     converted.Image,
		BaseImage: converted.Base,
		Epoch:     converted.Epoch,
	}
	def, err := converted.Marshal(ctx)
	return built, def, b.report.wrap(err)
}

// parsed is a Dockerfile that is let go when it is converted for all platforms.
type parsed struct {
	sources llbconv.Sources

	mu   sync.Mutex
	file *llbconv.File
	left int // platforms
}

func newParsed(file *llbconv.File, sources llbconv.Sources, platforms int) *parsed {
	return &parsed{sources: sources, file: file, left: max(platforms, 1)}
}

// take returns the file to the conversion for one platform.
func (p *parsed) take() *llbconv.File {
	p.mu.Lock()
	defer p.mu.Unlock()
	file := p.file
	if p.left--; p.left == 0 {
		p.file = nil
	}
	return file
}

func (b *build) options(p *ocispecs.Platform) llbconv.Options {
	sourceMap := b.src.SourceMap
	if len(b.src.Data) > maxMapped {
		sourceMap = nil
	}
	opt := inputs.Options(b.ui, sourceMap, p, b.policy)
	opt.MaxGraph = maxMessage
	return opt
}
