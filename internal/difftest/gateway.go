package difftest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// SessionID is the session of all cases. A random one would change the bytes of sources.
const SessionID = "difftest-session"

// Gateway answers a frontend from a case, as BuildKit's daemon would. It may be used concurrently.
type Gateway struct {
	c    Case
	opts map[string]string

	mu       sync.Mutex
	calls    map[string]int
	images   map[string]resolved // by reference and platform
	warnings []Warned
	solved   []*pb.Definition
	forwards []client.SolveRequest
}

// Warned is a warning as it reached the gateway.
type Warned struct {
	Digest  digest.Digest
	Message string
	Opts    client.WarnOpts
}

var _ client.Client = (*Gateway)(nil)

// NewGateway returns a gateway for one build of the case.
func NewGateway(c Case) *Gateway {
	return &Gateway{c: c, opts: c.Options.frontendOpts(), calls: map[string]int{}, images: map[string]resolved{}}
}

// Case returns the case that the gateway answers from.
func (g *Gateway) Case() Case { return g.c }

// count counts a call.
func (g *Gateway) count(what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls[what]++
}

// Calls returns the number of calls by method ("Solve"), and by method and subject ("ResolveImageConfig REF", "ReadFile
// NAME", "ResolveSourceMetadata ID").
func (g *Gateway) Calls() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.calls)
}

// Warnings returns the warnings that were sent.
func (g *Gateway) Warnings() []Warned {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.warnings)
}

// Solved returns every definition that was solved, in the order of the calls.
func (g *Gateway) Solved() []*pb.Definition {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.solved)
}

// Forwards returns the requests that went to another frontend.
func (g *Gateway) Forwards() []client.SolveRequest {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.forwards)
}

// BuildOpts returns the request. Every call gets a copy of the options, since frontends write into them.
func (g *Gateway) BuildOpts() client.BuildOpts {
	g.count("BuildOpts")
	return client.BuildOpts{
		Opts:      maps.Clone(g.opts),
		SessionID: SessionID,
		Product:   "difftest",
		Workers:   []client.WorkerInfo{{ID: "worker", Platforms: []ocispecs.Platform{g.c.Options.buildPlatform()}}},
		LLBCaps:   capsWithout(&pb.Caps, allLLBCaps(), g.c.Options.Caps),
		Caps:      capsWithout(&gwpb.Caps, allGatewayCaps(), g.c.Options.GatewayCaps),
	}
}

// The lists are sorted each time that they are read, which would take a fifth of the time of the tests.
var (
	allLLBCaps     = sync.OnceValue(pb.Caps.All)
	allGatewayCaps = sync.OnceValue(gwpb.Caps.All)
)

// capsWithout returns the capabilities of a list without the named ones.
func capsWithout(list *apicaps.CapList, all []*apicaps.PBCap, names []string) apicaps.CapSet {
	some := slices.DeleteFunc(slices.Clone(all), func(c *apicaps.PBCap) bool { return slices.Contains(names, c.ID) })
	return list.CapSet(some)
}

// ResolveImageConfig answers from the table of images, until the context ends.
func (g *Gateway) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	if err := ctx.Err(); err != nil {
		return "", "", nil, err
	}
	g.count("ResolveImageConfig")
	g.count("ResolveImageConfig " + ref)
	var want *ocispecs.Platform
	switch {
	case opt.ImageOpt != nil:
		want = opt.ImageOpt.Platform
	case opt.OCILayoutOpt != nil:
		want = opt.OCILayoutOpt.Platform
	}
	img, err := g.resolveImage(ref, want)
	if err != nil {
		return "", "", nil, err
	}
	return img.ref, img.digest, img.config, nil
}

// resolveImage makes the config of an image only once.
func (g *Gateway) resolveImage(ref string, want *ocispecs.Platform) (resolved, error) {
	key := ref
	if want != nil {
		key += " " + platforms.FormatAll(*want)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if img, ok := g.images[key]; ok {
		return img, nil
	}
	img, err := g.c.resolveImage(ref, want)
	if err == nil {
		g.images[key] = img
	}
	return img, err
}

// ResolveSourceMetadata answers for the git and HTTP sources of the case, and for images.
func (g *Gateway) ResolveSourceMetadata(_ context.Context, op *pb.SourceOp, opt sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	g.count("ResolveSourceMetadata")
	g.count("ResolveSourceMetadata " + op.Identifier)
	switch scheme, rest, _ := strings.Cut(op.Identifier, "://"); scheme {
	case "docker-image":
		var want *ocispecs.Platform
		if opt.ImageOpt != nil {
			want = opt.ImageOpt.Platform
		}
		img, err := g.resolveImage(rest, want)
		if err != nil {
			return nil, err
		}
		return &sourceresolver.MetaResponse{
			Op:    op,
			Image: &sourceresolver.ResolveImageResponse{Digest: img.digest, Config: img.config},
		}, nil
	case "git":
		return g.c.gitMetadata(op)
	case "http", "https":
		return g.c.httpMetadata(op)
	}
	// Of other sources, the daemon only confirms that they exist.
	return &sourceresolver.MetaResponse{Op: op}, nil
}

// Solve records the definition. If it is only a source, the result holds the files of the source.
func (g *Gateway) Solve(_ context.Context, req client.SolveRequest) (*client.Result, error) {
	g.count("Solve")
	req = req.Clone()
	g.mu.Lock()
	defer g.mu.Unlock()
	if req.Frontend != "" {
		g.forwards = append(g.forwards, req)
		return nil, fmt.Errorf("no frontend %s here for %s", req.Frontend, req.FrontendOpt["source"])
	}
	if req.Definition == nil {
		return nil, errors.New("nothing to solve")
	}
	g.solved = append(g.solved, req.Definition)
	files, err := g.c.filesOf(req.Definition)
	if err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.SetRef(&Ref{Definition: req.Definition, files: files, count: g.count})
	return res, nil
}

// Inputs returns the frontend inputs of the case.
func (g *Gateway) Inputs(ctx context.Context) (map[string]llb.State, error) {
	g.count("Inputs")
	inputs := map[string]llb.State{}
	for name, in := range g.c.Options.Inputs {
		def, err := llb.Image(in.Image).Marshal(ctx, llb.Platform(g.c.Options.buildPlatform()))
		if err != nil {
			return nil, err
		}
		op, err := llb.NewDefinitionOp(def.ToPB())
		if err != nil {
			return nil, err
		}
		inputs[name] = llb.NewState(op)
	}
	return inputs, nil
}

// NewContainer fails: a conversion runs nothing.
func (g *Gateway) NewContainer(context.Context, client.NewContainerRequest) (client.Container, error) {
	return nil, errors.New("there are no containers here")
}

// Warn records the warning.
func (g *Gateway) Warn(_ context.Context, dgst digest.Digest, msg string, opts client.WarnOpts) error {
	g.count("Warn")
	g.mu.Lock()
	defer g.mu.Unlock()
	g.warnings = append(g.warnings, Warned{dgst, msg, opts})
	return nil
}
