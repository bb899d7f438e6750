// Package frontend is Strata's BuildKit gateway frontend, with all
// communication with BuildKit. Build reads the request, loads the sources,
// converts them with package llbconv, has BuildKit solve the result, and
// answers.
package frontend

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/identity"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/lock"
	"github.com/stratabuild/strata/frontend/prefetch"
	"github.com/stratabuild/strata/frontend/profile"
	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv"
)

// Build serves one request of a client. It is a client.BuildFunc.
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	return profile.Build(c, func() (*client.Result, error) {
		return buildAt(ctx, c, time.Now(), identity.NewID())
	})
}

// buildAt is Build with the time and the id of the build as arguments.
func buildAt(ctx context.Context, c client.Client, now time.Time, id string) (_ *client.Result, err error) {
	defer guard.Recover(&err)
	gateway := prefetch.New(ctx, c)
	defer gateway.Close()
	ui, err := dockerui.NewClient(gateway)
	if err != nil {
		return nil, hintCheckArg(err)
	}
	forward, capsErr := checkCaps(ui.BuildOpts().Opts["frontend.caps"])
	if capsErr != nil && !forward {
		return nil, capsErr
	}
	src, lockTransfer, err := readDockerfile(ctx, gateway, ui)
	if err != nil {
		return nil, err
	}
	if res, ok, err := forwardSyntax(ctx, c, src); ok {
		return res, err
	}
	if capsErr != nil {
		return nil, capsErr
	}
	policy, err := request.CachePolicy(ui, now, id)
	if err != nil {
		return nil, err
	}
	lockMode, err := lock.ParseMode(ui.BuildArgs[lock.Arg])
	if err != nil {
		return nil, err
	}
	why, err := newWhy(c, ui, policy)
	if err != nil {
		return nil, err
	}
	b := &build{
		client: c, gateway: gateway, ui: ui, src: src, lockTransfer: lockTransfer,
		report: newReporter(src), policy: policy, lockMode: lockMode, why: why,
	}
	defer b.report.flush(ctx)
	return b.serve(ctx)
}

// build is one request.
type build struct {
	client  client.Client    // for the solves of the build itself
	gateway *prefetch.Client // for all other calls
	ui      *dockerui.Client
	src     *dockerui.Source
	// lockTransfer is the definition of the transfer that brings the lock, if there is
	// one.
	lockTransfer *pb.Definition
	report       *reporter
	policy       llbconv.CachePolicy
	lockMode     lock.Mode
	why          *why
	graphs       atomic.Int64 // bytes of all graphs that were solved
}

// hintCheckArg adds a hint to the error about the build arg that replaces the
// check directive.
func hintCheckArg(err error) error {
	if strings.HasPrefix(err.Error(), "failed to parse build-arg:BUILDKIT_DOCKERFILE_CHECK: ") {
		return llbconv.HintCheck(err)
	}
	return err
}

func (b *build) serve(ctx context.Context) (*client.Result, error) {
	if res, ok, err := b.handleRequest(ctx); ok {
		return res, err
	}
	c, err := b.parse(ctx)
	if err != nil {
		return nil, err
	}
	c.scan = b.newScan(ctx)
	c.early = newEarlyTransfer(ctx, b)
	defer c.early.cancel()
	if b.why.evaluates() {
		c.sources.WholeContext = c.early.start
	}
	rb, err := b.ui.Build(ctx, func(ctx context.Context, p *ocispecs.Platform, i int) (*dockerui.BuildResult, error) {
		return b.platform(ctx, c, b.optionsOf(p, i))
	})
	if err != nil {
		return nil, err
	}
	if err := c.scan.attach(ctx, rb); err != nil {
		return nil, err
	}
	if err := b.addLock(rb.Result, c.sources.Lock); err != nil {
		return nil, err
	}
	res, err := rb.Finalize()
	if err != nil {
		return nil, err
	}
	size := int(b.graphs.Load()) + metadataSize(res)
	if err := checkSize(size); err != nil {
		return nil, err
	}
	if size <= maxExplained {
		b.why.explain(ctx, res)
	} else {
		c.early.wait() // the daemon would start again after a transfer that was cancelled
	}
	return res, nil
}

// parse parses the Dockerfile for a build. The conversion has no scan yet.
func (b *build) parse(ctx context.Context) (conversion, error) {
	sources, err := b.sources(ctx)
	if err != nil {
		return conversion{}, err
	}
	file, diags := llbconv.Parse(b.src.Data, b.ui.LinterConfig)
	b.report.warn(ctx, diags)
	return conversion{file: file, sources: sources}, b.report.err(diags)
}

// conversion is common to all platforms of a build.
type conversion struct {
	file    *llbconv.File
	sources llbconv.Sources
	scan    *scan
	early   *earlyTransfer
}

// platform builds for one platform.
func (b *build) platform(ctx context.Context, c conversion, opt llbconv.Options) (_ *dockerui.BuildResult, err error) {
	defer guard.Recover(&err)
	built, def, err := b.marshal(ctx, c, opt)
	c.early.converted()
	if err != nil {
		return nil, err
	}
	res, err := b.client.Solve(ctx, client.SolveRequest{
		Definition:   def,
		CacheImports: b.ui.CacheImports,
	})
	if err != nil {
		return nil, locateCapError(explainSize(err), def)
	}
	built.Reference, err = res.SingleRef()
	return built, err
}

// marshal converts for one platform, and records the steps for the comparison with
// earlier builds. The result has no reference yet.
func (b *build) marshal(ctx context.Context, c conversion, opt llbconv.Options) (*dockerui.BuildResult, *pb.Definition, error) {
	converted, err := b.convert(ctx, c, opt)
	if err != nil {
		return nil, nil, err
	}
	c.scan.add(opt.Platforms.Target, converted)
	built := &dockerui.BuildResult{
		Image:     converted.Image,
		BaseImage: converted.Base,
		Epoch:     converted.Epoch,
	}
	def, err := converted.Marshal(ctx)
	if err != nil {
		return nil, nil, b.report.wrap(err)
	}
	// A result that is too large to be built here is not compared. Its conversion would
	// only use memory: 11 MB of 65 MB for 10,000 steps.
	if size := b.graphs.Add(int64(def.SizeVT())); size <= maxExplained {
		b.why.add(opt.Platforms.Target, converted)
	}
	return built, def, nil
}

// convert converts for one platform.
func (b *build) convert(ctx context.Context, c conversion, opt llbconv.Options) (*llbconv.Result, error) {
	converted, diags := llbconv.Convert(ctx, c.file, c.sources, opt)
	b.report.warn(ctx, diags)
	return converted, b.report.err(diags)
}

// optionsOf returns the options for the i-th platform.
func (b *build) optionsOf(p *ocispecs.Platform, i int) llbconv.Options {
	opt := b.options(p)
	// The warnings for one platform are enough, as they are about the
	// Dockerfile.
	opt.Checks.NoLint = i > 0
	return opt
}

func (b *build) options(p *ocispecs.Platform) llbconv.Options {
	sourceMap := b.src.SourceMap
	if len(b.src.Data) > maxMapped {
		sourceMap = nil
	}
	opt := request.Options(b.ui, sourceMap, p, b.policy)
	opt.Daemon.MaxGraph = maxMessage
	return opt
}
