package llbconv

import (
	"context"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/lower"
)

// An External is a source outside of the build contexts that the Dockerfile names:
// an image, a file of an HTTP server, or a Git repository.
type External struct {
	// Name is the source as the Dockerfile names it, with its variables expanded.
	Name string
	// Identifier is the name of the source in LLB.
	Identifier string
	// Pinned is set if the Dockerfile itself fixes the content with a digest, a
	// checksum or a commit.
	Pinned bool
	// Range is the place of the instruction that names the source.
	Range []parser.Range
	// Image describes the image, nil for other sources.
	Image *ExternalImage

	state llb.State
}

// An ExternalImage is an image of a registry.
type ExternalImage struct {
	// Reference is its full name, with the digest if the daemon reports one.
	Reference string
	// Answer is the name in the daemon's answer as it is. It is another than that in
	// Identifier if a source policy of the client replaces the image or pins it.
	Answer string
	Config *dockerspec.DockerOCIImage
}

const imageScheme = "docker-image://"

// Externals lists the sources that the converted stages name, images first. A
// source that several instructions name is listed for each.
func (r *Result) Externals() []External { return externals(r.inputs, r.lowered.Remotes) }

// Source returns the op that fetches a source other than an image.
func (e External) Source(ctx context.Context) (*pb.SourceOp, error) {
	def, err := e.state.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	var op pb.Op
	err = op.UnmarshalVT(def.Def[0]) // a source reads nothing, so it is the first
	return op.GetSource(), err
}

func externals(in inputs, remotes []lower.Remote) (list []External) {
	for _, s := range in.graph.Stages {
		base := in.bases[s.Index]
		if base == nil || base.Image == nil {
			continue
		}
		list = append(list, External{
			Name:       s.From.Name,
			Identifier: imageScheme + base.Image.Name,
			Pinned:     isDigested(base.Image.Name),
			Range:      s.Source.Location,
			Image:      &ExternalImage{base.Image.Found, base.Image.Answer, base.Original},
		})
	}
	for _, r := range remotes {
		list = append(list, External{
			Name:       r.Source.Name(),
			Identifier: r.Source.Identifier(),
			Pinned:     r.Source.IsPinned(r.Options),
			Range:      r.Location,
			state:      r.State,
		})
	}
	return list
}

func isDigested(name string) bool {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return false
	}
	_, digested := ref.(reference.Digested)
	return digested
}

// checkLocked reports the sources that neither the Dockerfile nor the lock pins. It
// does so even without lint rules: another platform may have other sources.
func (c *conversion) checkLocked(in inputs, remotes []lower.Remote) {
	lock := c.sources.Lock
	if lock == nil {
		return
	}
	lint, comments := c.found.Linter(&c.file.syntax.Check), checkComments(c.file.syntax)
	seen := map[string]bool{}
	for _, e := range externals(in, remotes) {
		if _, ok := lock.Pin(e.Identifier); ok || e.Pinned || seen[e.Identifier] {
			continue
		}
		d := lock.Missing(e.Name, e.Identifier)
		d.Range = e.Range
		if d.Severity == diag.Error {
			c.found.Add(d)
			seen[e.Identifier] = true
			continue
		}
		seen[e.Identifier] = c.found.Warn(diag.WithComments(lint, comments[d.Line()]), d)
	}
}
