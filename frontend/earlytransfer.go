package frontend

import (
	"context"
	"sync"
	"time"

	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/internal/guard"
)

// slowLookup is how long an image lookup may take before the early transfer starts. A
// registry on the same machine answers within 15 ms; the extra call would then cost
// more than it saves.
const slowLookup = 25 * time.Millisecond

// An earlyTransfer has the daemon transfer the main context while images are looked
// up. The graph of the build has the same op, for which the daemon makes no second
// transfer, and whose error is that of the build.
type earlyTransfer struct {
	// start starts the transfer, unless the first graph is known soon.
	start func()
	// converted says that a graph is known.
	converted context.CancelFunc
	// cancel cancels the transfer.
	cancel context.CancelFunc

	build   *build
	running sync.WaitGroup
}

func newEarlyTransfer(ctx context.Context, b *build) *earlyTransfer {
	e := &earlyTransfer{build: b}
	ctx, e.cancel = context.WithCancel(ctx)
	lookup, converted := context.WithCancel(ctx)
	e.converted = converted
	e.start = sync.OnceFunc(func() { e.running.Go(func() { e.run(ctx, lookup) }) })
	return e
}

func (e *earlyTransfer) run(ctx, lookup context.Context) {
	select {
	case <-lookup.Done():
		return
	case <-time.After(slowLookup):
	}
	_, _ = guard.Do(func() (*client.Result, error) {
		def, err := request.LocalContext(ctx, e.build.ui)
		if err != nil || def == nil {
			return nil, err
		}
		return e.build.client.Solve(ctx, client.SolveRequest{Definition: def, Evaluate: true})
	})
}

// wait waits for the end of the transfer.
func (e *earlyTransfer) wait() { e.running.Wait() }
