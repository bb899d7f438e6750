package bench

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/builder"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/stratabuild/strata/frontend"
	"github.com/stratabuild/strata/internal/difftest"
)

// callTime is the additional time of each call to the gateway.
const callTime = 20 * time.Millisecond

// GatewayCall is one call of a frontend to the gateway.
type GatewayCall struct {
	What       string
	Start, End time.Duration // since the start of the build
}

// waiting measures how long a build waits for its gateway.
func (r *Runner) waiting(ctx context.Context) error {
	c := difftest.Case{
		Dockerfile:   []byte("FROM golang AS build\nCOPY . /src\nRUN make\nFROM alpine\nCOPY --from=build /out /\n"),
		Dockerignore: []byte("*.o\n"),
	}
	through := func(build client.BuildFunc, timeline *[]GatewayCall) func() (float64, error) {
		return func() (float64, error) {
			gw := &delayedGateway{Client: difftest.NewGateway(c), start: time.Now()}
			_, err := build(ctx, gw)
			took := millis(time.Since(gw.start))
			*timeline = gw.calls()
			return took, err
		}
	}
	strata, reference, err := inTurn(r.Rounds,
		through(frontend.Build, &r.Timelines.Strata), through(builder.Build, &r.Timelines.Reference))
	if err != nil {
		return err
	}
	r.add(Row{Name: "two base images and an ignore file, 20 ms a call", Unit: "ms", Limit: 0.6}.of(strata, reference))
	return nil
}

// delayedGateway is a gateway that delays its answers, and records the calls.
type delayedGateway struct {
	client.Client
	start time.Time

	mu    sync.Mutex
	asked []GatewayCall
}

// delay waits, and returns a function to call when the answer is there.
func (g *delayedGateway) delay(what string) func() {
	start := time.Since(g.start)
	time.Sleep(callTime)
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.asked = append(g.asked, GatewayCall{what, start, time.Since(g.start)})
	}
}

// calls returns all answered calls, in order.
func (g *delayedGateway) calls() []GatewayCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	calls := slices.Clone(g.asked)
	slices.SortFunc(calls, func(a, b GatewayCall) int { return int(a.Start - b.Start) })
	return calls
}

func (g *delayedGateway) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	defer g.delay("config of " + ref)()
	return g.Client.ResolveImageConfig(ctx, ref, opt)
}

func (g *delayedGateway) ResolveSourceMetadata(ctx context.Context, op *pb.SourceOp, opt sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	defer g.delay("metadata of " + op.Identifier)()
	return g.Client.ResolveSourceMetadata(ctx, op, opt)
}

func (g *delayedGateway) Inputs(ctx context.Context) (map[string]llb.State, error) {
	defer g.delay("frontend inputs")()
	return g.Client.Inputs(ctx)
}

func (g *delayedGateway) Warn(ctx context.Context, dgst digest.Digest, msg string, opts client.WarnOpts) error {
	defer g.delay("warning")()
	return g.Client.Warn(ctx, dgst, msg, opts)
}

func (g *delayedGateway) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	defer g.delay("solve " + solved(req.Definition))()
	res, err := g.Client.Solve(ctx, req)
	if err == nil && res.Ref != nil {
		res.SetRef(&delayedReference{Reference: res.Ref, gateway: g})
	}
	return res, err
}

// solved returns a name for the result of a definition: its only source, or the
// build.
func solved(def *pb.Definition) string {
	var op pb.Op
	if len(def.Def) == 2 && op.UnmarshalVT(def.Def[0]) == nil && op.GetSource() != nil {
		return op.GetSource().Identifier
	}
	return "the build"
}

type delayedReference struct {
	client.Reference
	gateway *delayedGateway
}

func (r *delayedReference) ReadFile(ctx context.Context, req client.ReadRequest) ([]byte, error) {
	defer r.gateway.delay("read " + req.Filename)()
	return r.Reference.ReadFile(ctx, req)
}

func (r *delayedReference) StatFile(ctx context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	defer r.gateway.delay("look at " + req.Path)()
	return r.Reference.StatFile(ctx, req)
}

func (r *delayedReference) ReadDir(ctx context.Context, req client.ReadDirRequest) ([]*fstypes.Stat, error) {
	defer r.gateway.delay("look into " + req.Path)()
	return r.Reference.ReadDir(ctx, req)
}
