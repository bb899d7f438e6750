package llbconv

import (
	"cmp"
	"context"
	"regexp"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// mainContext is the name of the main build context in a StepRead.
const mainContext = "context"

// content describes a build context or a source.
func (l *stepLister) content(ctx context.Context, out llb.Output) (StepRead, error) {
	read := StepRead{Step: -1, Context: l.contexts[out], State: llb.NewState(out)}
	source, err := l.source(ctx, out)
	if err != nil {
		return read, err
	}
	identifier := source.GetIdentifier()
	read.Context = cmp.Or(read.Context, identifier)
	read.Pin = pin(source)
	switch scheme, _, _ := strings.Cut(identifier, "://"); scheme {
	case "local":
		read.Fetched = true
	case "http", "https":
		read.Fetched = read.Pin == ""
	default: // a main context that is unpacked, or from which the Dockerfile comes
		read.Fetched = read.Context == mainContext
	}
	return read, nil
}

// source returns the source op of an output, nil if it is another op.
func (l *stepLister) source(ctx context.Context, out llb.Output) (*pb.SourceOp, error) {
	_, dt, _, _, err := out.Vertex(ctx, l.constraints).Marshal(ctx, l.constraints)
	if err != nil {
		return nil, err
	}
	var op pb.Op
	if err := op.UnmarshalVT(dt); err != nil {
		return nil, err
	}
	return op.GetSource(), nil
}

var (
	commit    = regexp.MustCompile(`^git://[^#]*#[0-9a-f]{40}(?:[0-9a-f]{24})?(?::|$)`)
	commitSum = regexp.MustCompile(`^[0-9a-f]{40}(?:[0-9a-f]{24})?$`)
)

// pin returns what identifies the content of a source: the digest of an image,
// a commit, or a checksum.
func pin(source *pb.SourceOp) string {
	identifier := source.GetIdentifier()
	scheme, _, _ := strings.Cut(identifier, "://")
	switch sum := source.GetAttrs()[pb.AttrHTTPChecksum]; {
	case sum != "":
		return sum
	case scheme == "docker-image" || scheme == "oci-layout":
		_, digest, _ := strings.Cut(identifier, "@")
		return digest
	case commitSum.MatchString(source.GetAttrs()[pb.AttrGitChecksum]), commit.MatchString(identifier):
		return identifier + " " + source.GetAttrs()[pb.AttrGitChecksum]
	}
	return ""
}
