package frontend

import (
	"strings"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/grpcerrors"
	"google.golang.org/grpc/codes"
)

// capabilities are the capabilities that a client can require with the option
// frontend.caps. The label moby.buildkit.frontend.caps of the image lists the
// same.
var capabilities = map[string]bool{
	"moby.buildkit.frontend.inputs":         true,
	"moby.buildkit.frontend.subrequests":    true,
	"moby.buildkit.frontend.contexts":       true,
	"moby.buildkit.frontend.gitquerystring": true,
	"moby.buildkit.frontend.contexts.zstd":  true,
}

// checkCaps checks a list of required capabilities. A capability marked
// +forward is required of the frontend that the Dockerfile names, not of this
// one. If only such are missing, forward is true, and there is an error too.
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
