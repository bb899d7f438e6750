package frontend

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/stratabuild/strata/frontend/insight"
	"github.com/stratabuild/strata/llbconv"
)

// whyKey is the name under which the result carries the report. BuildKit hands
// metadata of this prefix on to the client.
const whyKey = "frontend.strata.cache"

// why explains which steps of a build run.
type why struct {
	watch       *insight.Watch // nil where the client wants no report, or the daemon has none
	unsupported error

	mu    sync.Mutex
	steps map[string][]llbconv.Step // by platform
	err   error                     // of listing the steps: there is no report then
}

func newWhy(c client.Client, ui *dockerui.Client, policy llbconv.CachePolicy) (*why, error) {
	verbosity, err := insight.ParseVerbosity(ui.BuildArgs[insight.Arg])
	if err != nil {
		return nil, err
	}
	w := &why{steps: map[string][]llbconv.Step{}, unsupported: insight.Supported(c)}
	request := ui.BuildOpts().Opts["requestid"]
	asked := verbosity != insight.Off || request == cacheRequest.Name || request == graphRequest.Name
	if asked && w.unsupported == nil {
		w.watch = insight.NewWatch(c, verbosity, policy.BuildID, policy.Now, projectOf(ui))
	}
	return w, nil
}

// add notes the steps for a platform.
func (w *why) add(ctx context.Context, p *ocispecs.Platform, converted *llbconv.Result) {
	if w.watch == nil {
		return
	}
	built := platforms.DefaultSpec()
	if p != nil {
		built = *p
	}
	steps, err := converted.Steps(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps[platforms.FormatAll(platforms.Normalize(built))] = steps
	w.err = errors.Join(w.err, err)
}

// explain builds a result, compares it with earlier builds beside that, and
// prints what has changed before the result is exported. The error is that of the
// build.
func (w *why) explain(ctx context.Context, res *client.Result) error {
	if w.watch == nil || w.err != nil {
		return nil
	}
	w.collect()
	w.watch.Start(ctx)
	err := evaluate(ctx, res)
	report := w.watch.Finish(context.WithoutCancel(ctx), err)
	if err != nil || report == nil {
		return err
	}
	if dt, err := report.JSON(insight.MaxJSON); err == nil {
		// Clients write what is base64 of JSON as JSON into their metadata files.
		res.AddMeta(whyKey, []byte(base64.StdEncoding.EncodeToString(dt)))
	}
	return nil
}

func (w *why) collect() {
	for _, platform := range slices.Sorted(maps.Keys(w.steps)) {
		w.watch.Steps().Add(platform, w.steps[platform])
	}
}

// dryRun says what a build would do.
func (w *why) dryRun(ctx context.Context) (insight.Report, error) {
	if w.unsupported != nil {
		return insight.Report{}, fmt.Errorf("--call=cache: %w", w.unsupported)
	}
	if w.err != nil {
		return insight.Report{}, w.err
	}
	w.collect()
	return w.watch.DryRun(ctx)
}

// evaluate builds all platforms of a result.
func evaluate(ctx context.Context, res *client.Result) error {
	eg, ctx := errgroup.WithContext(ctx)
	err := res.EachRef(func(ref client.Reference) error {
		eg.Go(func() error { return ref.Evaluate(ctx) })
		return nil
	})
	return errors.Join(err, eg.Wait())
}

// projectOf is the same for the builds of a project, and empty where the client
// sends nothing that tells projects apart.
func projectOf(ui *dockerui.Client) string {
	opts := ui.BuildOpts().Opts
	source, remote := opts["vcs:source"], opts["context"]
	if !strings.Contains(remote, ":") {
		remote = ""
	}
	if source == "" && remote == "" {
		return ""
	}
	parts := []string{source, remote}
	for _, name := range []string{"vcs:localdir:context", "vcs:localdir:dockerfile", "filename", "target", "platform"} {
		parts = append(parts, opts[name])
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}
