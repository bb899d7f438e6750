package frontend

import (
	"context"
	"fmt"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/attestations/sbom"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/result"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv"
)

// scan makes the SBOM attestations of a build.
type scan struct {
	client client.Client
	// scanner returns the scanner. It waits for the scanner's image, which is
	// looked up during the conversion. It is nil if the client asks for no
	// SBOM.
	scanner func() (sbom.Scanner, error)

	mu      sync.Mutex
	targets map[string]llbconv.SBOM
}

func (b *build) newScan(ctx context.Context) *scan {
	s := &scan{client: b.client, targets: map[string]llbconv.SBOM{}}
	if b.ui.SBOM == nil {
		return s
	}
	s.scanner = sync.OnceValues(func() (sbom.Scanner, error) {
		return guard.Do(func() (sbom.Scanner, error) { return b.newScanner(ctx) })
	})
	go func() { _, _ = s.scanner() }()
	return s
}

func (b *build) newScanner(ctx context.Context) (sbom.Scanner, error) {
	platform := b.ui.BuildPlatforms[0]
	scanner, err := sbom.CreateSBOMScanner(ctx, b.ui.GatewayClient(), b.ui.SBOM.Generator, platform, sourceresolver.Opt{
		ImageOpt: &sourceresolver.ResolveImageOpt{
			ResolveMode: b.ui.BuildOpts().Opts["image-resolve-mode"],
			Platform:    &platform,
		},
	}, b.ui.SBOM.Parameters)
	if err != nil {
		return nil, wireError{err, fmt.Sprintf("the SBOM scanner %s (generator=IMAGE in the sbom attestation names another)", b.ui.SBOM.Generator)}
	}
	return scanner, nil
}

// add records what to scan for a platform.
func (s *scan) add(p *ocispecs.Platform, converted *llbconv.Result) {
	if s.scanner == nil {
		return
	}
	built := platforms.DefaultSpec()
	if p != nil {
		built = *p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.targets[platforms.FormatAll(platforms.Normalize(built))] = converted.SBOM()
}

// attach scans every platform and adds the attestations to the result.
func (s *scan) attach(ctx context.Context, rb *dockerui.ResultBuilder) error {
	if s.scanner == nil {
		return nil
	}
	scanner, err := s.scanner()
	if err != nil {
		return err
	}
	return rb.EachPlatform(ctx, func(ctx context.Context, id string, _ ocispecs.Platform) (err error) {
		defer guard.Recover(&err)
		target, ok := s.targets[id]
		if !ok {
			return fmt.Errorf("no scan targets for %s", id)
		}
		var opts []llb.ConstraintsOpt
		if target.NoCache {
			opts = append(opts, llb.IgnoreCache)
		}
		found, err := scanner(ctx, id, target.Core, target.Extras, opts...)
		if err != nil {
			return err
		}
		solved, err := result.ConvertAttestation(&found, func(st *llb.State) (client.Reference, error) {
			return s.solve(ctx, st)
		})
		if err != nil {
			return err
		}
		s.mu.Lock() // the result builder's map is shared by all platforms
		defer s.mu.Unlock()
		rb.AddAttestation(id, *solved)
		return nil
	})
}

func (s *scan) solve(ctx context.Context, st *llb.State) (client.Reference, error) {
	def, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	res, err := s.client.Solve(ctx, client.SolveRequest{Definition: def.ToPB()})
	if err != nil {
		return nil, err
	}
	return res.Ref, nil
}
