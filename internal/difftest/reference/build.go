package reference

import (
	"context"

	"github.com/moby/buildkit/frontend/dockerfile/builder"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/stratabuild/strata/internal/difftest"
)

// Build runs BuildKit's whole frontend on a gateway: all platforms, subrequests and the # syntax line. Strata's frontend
// runs on a gateway the same way.
func Build(ctx context.Context, gw *difftest.Gateway) (*client.Result, error) {
	return builder.Build(ctx, gw)
}
