package scenario

import (
	"context"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/stretchr/testify/require"

	"github.com/stratabuild/strata/hack/workbench"
)

// Daemon is a running BuildKit.
type Daemon struct {
	*workbench.Daemon
	Client *client.Client
}

// Fresh returns the package's daemon with an empty cache. Tests that use it do not
// run in parallel.
func Fresh(t *testing.T) *Daemon {
	t.Helper()
	world.mu.Lock()
	defer world.mu.Unlock()
	if world.daemon == nil {
		var err error
		world.daemon, err = world.bench.StartDaemon(context.Background(), workbench.DaemonOptions{})
		require.NoError(t, err)
	}
	d := connect(t, world.daemon)
	d.Prune(t)
	return d
}

// Shared returns the workbench's main daemon, whose cache has the results of all
// earlier runs. It is for large base images, which it already has.
func Shared(t *testing.T) *Daemon {
	t.Helper()
	return connect(t, world.bench.Daemon())
}

// StartDaemon starts a further daemon, with nothing in its cache.
func StartDaemon(t *testing.T, o workbench.DaemonOptions) *Daemon {
	t.Helper()
	d, err := world.bench.StartDaemon(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return connect(t, d)
}

func connect(t *testing.T, d *workbench.Daemon) *Daemon {
	t.Helper()
	c, err := d.Client(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return &Daemon{Daemon: d, Client: c}
}

// Prune empties the daemon's cache.
func (d *Daemon) Prune(t *testing.T) {
	t.Helper()
	require.NoError(t, d.Client.Prune(t.Context(), nil, client.PruneAll))
}
