package frontend

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/internal/difftest"
)

// faulty is a gateway that does something else first on some calls.
type faulty struct {
	*difftest.Gateway
	resolve, solve, warn func()
}

func do(f func()) {
	if f != nil {
		f()
	}
}

func (f faulty) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	do(f.resolve)
	return f.Gateway.ResolveImageConfig(ctx, ref, opt)
}

func (f faulty) Solve(ctx context.Context, req client.SolveRequest) (*client.Result, error) {
	do(f.solve)
	return f.Gateway.Solve(ctx, req)
}

func (f faulty) Warn(ctx context.Context, dgst digest.Digest, text string, opts client.WarnOpts) error {
	do(f.warn)
	return f.Gateway.Warn(ctx, dgst, text, opts)
}

// A panic on any goroutine is an error of the build.
func TestPanicsAreErrors(t *testing.T) {
	fault := func() { panic("fault") }
	var solved atomic.Int32
	last := func() {
		if solved.Add(1) == 4 { // after the Dockerfile, the lock and the ignore file
			fault()
		}
	}
	const dockerfile = "FROM busybox\nWORKDIR /$nothing\nCOPY a /\n"
	for name, c := range map[string]struct {
		on   faulty
		opts map[string]string
	}{
		"an image":          {on: faulty{resolve: fault}},
		"the Dockerfile":    {on: faulty{solve: fault}},
		"the graph":         {on: faulty{solve: last}},
		"an SBOM scanner":   {on: faulty{resolve: fault}, opts: map[string]string{"attest:sbom": "generator=busybox"}},
		"several platforms": {on: faulty{resolve: fault}, opts: map[string]string{"platform": "linux/amd64,linux/arm64"}},
	} {
		c.on.Gateway = difftest.NewGateway(caseOf(dockerfile, c.opts))
		_, err := Build(t.Context(), c.on)
		if err == nil || !strings.Contains(err.Error(), "internal error: fault") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	unsent := faulty{Gateway: difftest.NewGateway(caseOf(dockerfile, nil)), warn: fault}
	if _, err := Build(t.Context(), unsent); err != nil {
		t.Errorf("a warning: error %v", err)
	}
}

// A cancelled build does not wait for its warnings.
func TestGivenUpBuildEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	blocked := make(chan struct{})
	defer close(blocked)
	gw := faulty{
		Gateway: difftest.NewGateway(caseOf("FROM busybox\nWORKDIR /$nothing\n", nil)),
		warn:    func() { cancel(); <-blocked },
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = Build(ctx, gw)
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the build waits for a warning that cannot be sent")
	}
}
