package lock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/diag"
)

// A Source is a source that a Dockerfile names, with its current pin.
type Source struct {
	Entry
	// Name is the source's name in the Dockerfile, at the line of Entry.
	Name string
	// Config is the config of an image.
	Config *dockerspec.DockerOCIImage
	// Err says why the source cannot be looked up. It then has no pin.
	Err error
}

// Resolve resolves the sources that the Dockerfile does not pin, each of them once.
// They are sorted by identifier. The images were resolved with images. The error is one
// about all sources.
func Resolve(ctx context.Context, gateway client.Client, images *Tolerant, externals []llbconv.External) ([]Source, error) {
	var list []Source
	asked := map[string]llbconv.External{}
	var eg errgroup.Group
	eg.SetLimit(16)
	for _, e := range externals {
		if _, seen := asked[e.Identifier]; e.Pinned || seen {
			continue
		}
		asked[e.Identifier] = e
		list = append(list, Source{Entry: Entry{Identifier: e.Identifier, Line: e.Range[0].Start.Line}, Name: e.Name})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Identifier < list[j].Identifier })
	for i := range list {
		eg.Go(func() (err error) {
			defer guard.Recover(&err)
			return list[i].resolve(ctx, gateway, images.failed[list[i].Identifier], asked[list[i].Identifier])
		})
	}
	return list, eg.Wait()
}

func (s *Source) resolve(ctx context.Context, gateway client.Client, failed error, e llbconv.External) error {
	switch {
	case failed != nil:
		s.Err = failed
	case e.Image != nil:
		s.Config = e.Image.Config
		s.Pin, s.Err = digestOf(e)
	default:
		s.Pin, s.Err = remotePin(ctx, gateway, e)
	}
	if errors.Is(s.Err, errPolicy) || ctx.Err() != nil {
		return s.Located()
	}
	return nil
}

// Located is the error about the source, with its line and its name.
func (s Source) Located() error {
	if s.Err == nil {
		return nil
	}
	return fmt.Errorf("line %d: %s: %w", s.Line, s.Name, s.Err)
}

// Unresolved is the warning about a source that cannot be looked up. effect says what
// that means for the lock.
func (s Source) Unresolved(effect string) diag.Diagnostic {
	at := parser.Position{Line: s.Line}
	return diag.Diagnostic{
		Severity: diag.Warning,
		Kind:     notLocked,
		Message:  fmt.Sprintf("%s cannot be looked up: %v", s.Name, s.Err),
		Hint:     effect,
		Range:    []parser.Range{{Start: at, End: at}},
	}
}

// digestOf returns the digest of an image that was found under its own name.
func digestOf(e llbconv.External) (string, error) {
	if imageScheme+e.Image.Answer != e.Identifier {
		return "", replaced(e.Image.Answer)
	}
	_, pin, ok := strings.Cut(e.Image.Reference, "@")
	if !ok {
		return "", diag.WithHint(errors.New("the daemon reports no digest of the image"), "push it to a registry, or give it with --build-context")
	}
	return pin, nil
}

// replaced is the error about a source that a source policy of the client replaces
// or pins. The policy may be the lock itself, which would then never change.
func replaced(by string) error {
	return diag.WithHint(fmt.Errorf("%w takes %s in its place", errPolicy, by), "write and check the lock without the policy")
}

var errPolicy = errors.New("a source policy of the client")

// remotePin asks BuildKit for the checksum of a file or the commit of a repository.
func remotePin(ctx context.Context, gateway client.Client, e llbconv.External) (string, error) {
	op, err := e.Source(ctx)
	if err != nil {
		return "", err
	}
	meta, err := gateway.ResolveSourceMetadata(ctx, op, sourceresolver.Opt{LogName: "[internal] look up " + e.Name})
	if err != nil {
		return "", err
	}
	if by := meta.Op; by != nil && (by.Identifier != op.Identifier || by.Attrs[pb.AttrHTTPChecksum] != op.Attrs[pb.AttrHTTPChecksum]) {
		return "", replaced(strings.TrimSpace(by.Identifier + " " + by.Attrs[pb.AttrHTTPChecksum]))
	}
	switch {
	case meta.HTTP != nil:
		return meta.HTTP.Digest.String(), nil
	case meta.Git != nil:
		return cmp.Or(meta.Git.CommitChecksum, meta.Git.Checksum), nil
	}
	return "", diag.WithHint(errors.New("the daemon reports no data about the source"), "use BuildKit 0.26 or newer")
}
