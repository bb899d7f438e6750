package difftest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/builder"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
)

// ReferenceBuild runs BuildKit's whole frontend on a gateway: all platforms, subrequests and the # syntax line. A
// frontend of another make runs on a gateway the same way.
func ReferenceBuild(ctx context.Context, gw *Gateway) (*client.Result, error) {
	return builder.Build(ctx, gw)
}

// BuildText dumps the result of a whole build: its metadata, then the operations of each reference.
func BuildText(res *client.Result) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(res.Metadata)) {
		fmt.Fprintf(&b, "%s = %s\n", key, res.Metadata[key])
	}
	if res.Ref != nil {
		fmt.Fprintf(&b, "ref\n%s", Canonical(definitionOf(res.Ref)))
	}
	for _, key := range slices.Sorted(maps.Keys(res.Refs)) {
		fmt.Fprintf(&b, "ref %s\n%s", key, Canonical(definitionOf(res.Refs[key])))
	}
	return b.String()
}

// definitionOf is what was solved for a reference of this package's gateway.
func definitionOf(ref client.Reference) *pb.Definition {
	r, ok := ref.(*Ref)
	if !ok {
		return nil
	}
	return r.Definition
}
