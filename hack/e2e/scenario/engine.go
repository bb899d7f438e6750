package scenario

import (
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/dockerd"
	"github.com/stratabuild/strata/hack/workbench"
)

// StartEngine starts a Docker Engine that ends with the test, and a client of
// its embedded BuildKit.
func StartEngine(t *testing.T, b *workbench.Bench, e dockerd.Engine) (*dockerd.Daemon, *client.Client) {
	t.Helper()
	d, err := dockerd.Start(t.Context(), b, e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := d.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return d, c
}
