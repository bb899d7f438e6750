package llbconv

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

// mainContext is the name of the main build context in a StepRead.
const mainContext = "context"

// content describes a build context or a source.
func (l *stepLister) content(ctx context.Context, out llb.Output) (StepRead, error) {
	known := l.contexts[out]
	read := StepRead{Step: -1, State: llb.NewState(out)}
	op, dgst, err := l.op(ctx, out)
	if err != nil {
		return read, err
	}
	read.Source = dgst
	identifier := op.GetSource().GetIdentifier()
	read.Context = cmp.Or(known.name, identifier)
	read.Pin = pin(op, known.digest)
	switch scheme, _, _ := strings.Cut(identifier, "://"); scheme {
	case "local":
		read.Fetched = true
	case "http", "https":
		read.Fetched = read.Pin == ""
	default: // a main context that is unpacked, or from which the Dockerfile comes
		read.Fetched = read.Context == mainContext
		read.Whole = read.Pin != "" && !read.Fetched
	}
	return read, nil
}

// op returns the op of an output, and its digest.
func (l *stepLister) op(ctx context.Context, out llb.Output) (*pb.Op, digest.Digest, error) {
	dgst, dt, _, _, err := out.Vertex(ctx, l.constraints).Marshal(ctx, l.constraints)
	if err != nil {
		return nil, "", err
	}
	var op pb.Op
	return &op, dgst, op.UnmarshalVT(dt)
}

var (
	commit    = regexp.MustCompile(`^git://[^#]*#[0-9a-f]{40}(?:[0-9a-f]{24})?(?::|$)`)
	commitSum = regexp.MustCompile(`^[0-9a-f]{40}(?:[0-9a-f]{24})?$`)
)

// pin returns what identifies the content of a source: the digest of an image,
// and its platform, a commit, or a checksum. image is the digest of an image that
// is resolved, empty if it is not known.
func pin(op *pb.Op, image digest.Digest) string {
	source := op.GetSource()
	identifier := source.GetIdentifier()
	scheme, _, _ := strings.Cut(identifier, "://")
	switch sum := source.GetAttrs()[pb.AttrHTTPChecksum]; {
	case sum != "":
		return sum
	case scheme == "docker-image" || scheme == "oci-layout":
		if _, named, ok := strings.Cut(identifier, "@"); ok {
			image = digest.Digest(named)
		}
		if image == "" {
			return ""
		}
		return image.String() + " " + platforms.FormatAll(op.GetPlatform().Spec())
	case commitSum.MatchString(source.GetAttrs()[pb.AttrGitChecksum]), commit.MatchString(identifier):
		return identifier + " " + source.GetAttrs()[pb.AttrGitChecksum]
	}
	return ""
}
