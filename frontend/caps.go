package frontend

import (
	"strings"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"
)

// Capabilities are what a client can require of the frontend with the option
// frontend.caps. The image's label moby.buildkit.frontend.caps says the same.
var capabilities = map[string]bool{
	"moby.buildkit.frontend.inputs":         true,
	"moby.buildkit.frontend.subrequests":    true,
	"moby.buildkit.frontend.contexts":       true,
	"moby.buildkit.frontend.gitquerystring": true,
	"moby.buildkit.frontend.contexts.zstd":  true,
}

// checkCaps checks a list of required capabilities. One that is marked
// +forward only has to be met by the frontend that the Dockerfile names: then
// forward is true beside the error.
func checkCaps(required string) (forward bool, err error) {
	if required == "" {
		return false, nil
	}
	for c := range strings.SplitSeq(required, ",") {
		name, modifier, _ := strings.Cut(c, "+")
		if capabilities[name] {
			continue
		}
		err = grpcerrors.WrapCode(errdefs.NewUnsupportedFrontendCapError(name), codes.Unimplemented)
		if modifier != "forward" {
			return false, err
		}
		forward = true
	}
	return forward, err
}
