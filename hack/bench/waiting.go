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

// delay is the additional time of each call to the gateway.
const delay = 20 * time.Millisecond

// Asked is one call of a frontend to the gateway.
type Asked struct {
	What       string
	Start, End time.Duration // since the start of the build
}

// waiting measures how long a build waits for its gateway.
func (r *Runner) waiting(ctx context.Context) error {
	c := difftest.Case{
		Dockerfile:   []byte("FROM golang AS build\nCOPY . /src\nRUN make\nFROM alpine\nCOPY --from=build /out /\n"),
		Dockerignore: []byte("*.o\n"),
	}
	var strata, reference []float64
	for range r.Rounds {
		for _, b := range []struct {
			build    client.BuildFunc
			seconds  *[]float64
			timeline *[]Asked
		}{
			{frontend.Build, &strata, &r.Timelines.Strata},
			{builder.Build, &reference, &r.Timelines.Reference},
		} {
			gw := &slow{Client: difftest.NewGateway(c), start: time.Now()}
			if _, err := b.build(ctx, gw); err != nil {
				return err
			}
			*b.seconds = append(*b.seconds, time.Since(gw.start).Seconds()*1000)
			*b.timeline = gw.calls()
		}
	}
	r.add(Row{Name: "two base images and an ignore file, 20 ms a call", Unit: "ms", Limit: 0.6}.of(strata, reference))
	return nil
}

// slow is a gateway that delays its answers, and records the calls.
type slow struct {
	client.Client
	start time.Time

	mu    sync.Mutex
	asked []Asked
}

// take waits, and returns a function to call when the answer is there.
func (g *slow) take(what string) func() {
	start := time.Since(g.start)
	time.Sleep(delay)
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.asked = append(g.asked, Asked{what, start, time.Since(g.start)})
	}
}

// calls returns all answered calls, in order.
func (g *slow) calls() []Asked {
	g.mu.Lock()
	defer g.mu.Unlock()
	calls := slices.Clone(g.asked)
	slices.SortFunc(calls, func(a, b Asked) int { return int(a.Start - b.Start) })
	return calls
}

func (g *slow) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	defer g.take("config of " + ref)()
	return g.Client.ResolveImageConfig(ctx, ref, opt)
}

func (g *slow) ResolveSourceMetadata(ctx context.Context, op *pb.SourceOp, opt sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	defer g.take("metadata of " + op.Identifier)()
	return g.Client.ResolveSourceMetadata(ctx, op, opt)
}

func (g *slow) Inputs(ctx context.Context) (map[string]llb.State, error) {
	defer g.take("frontend inputs")()
	return g.Client.Inputs(ctx)
}

func (g *slow) Warn(ctx context.Context, dgst digest.Digest, msg string, opts client.WarnOpts) error {
	defer g.take("warning")()
	return g.Client.Warn(ctx, dgst, msg, opts)
}

func (g *slow) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	defer g.take("solve " + solved(req.Definition))()
	res, err := g.Client.Solve(ctx, req)
	if err == nil && res.Ref != nil {
		res.SetRef(&slowReference{Reference: res.Ref, gateway: g})
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

type slowReference struct {
	client.Reference
	gateway *slow
}

func (r *slowReference) ReadFile(ctx context.Context, req client.ReadRequest) ([]byte, error) {
	defer r.gateway.take("read " + req.Filename)()
	return r.Reference.ReadFile(ctx, req)
}

func (r *slowReference) StatFile(ctx context.Context, req client.StatRequest) (*fstypes.Stat, error) {
	defer r.gateway.take("look at " + req.Path)()
	return r.Reference.StatFile(ctx, req)
}

func (r *slowReference) ReadDir(ctx context.Context, req client.ReadDirRequest) ([]*fstypes.Stat, error) {
	defer r.gateway.take("look into " + req.Path)()
	return r.Reference.ReadDir(ctx, req)
}
