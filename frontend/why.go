package frontend

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/dfgitutil"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/stratabuild/strata/frontend/insight"
	"github.com/stratabuild/strata/frontend/lock"
	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/advice"
)

// whyKey is the key of the report in the metadata of the result. BuildKit passes
// metadata with this prefix to the client.
const whyKey = "frontend.strata.cache"

// why explains which steps of a build run.
type why struct {
	watch *insight.Watch // nil if there is no comparison, for the reason err
	err   error
	// histories loads the histories that the client gave. It is nil if there are none.
	histories func(context.Context) (*llb.State, error)

	mu        sync.Mutex
	converted map[string]*llbconv.Result // by platform
}

var errWhyOff = fmt.Errorf("the build arg %s=%s turns the comparison with earlier builds off", insight.Arg, insight.Off)

func newWhy(c client.Client, ui *dockerui.Client, policy llbconv.CachePolicy) (*why, error) {
	verbosity, err := insight.ParseVerbosity(ui.BuildArgs[insight.Arg])
	if err != nil {
		return nil, err
	}
	if verbosity == insight.Off {
		return &why{err: errWhyOff}, nil
	}
	if err := insight.Supported(c); err != nil {
		return &why{err: err}, nil
	}
	return &why{
		watch:     insight.NewWatch(c, verbosity, policy.BuildID, policy.Now, projectOf(ui.BuildOpts().Opts)),
		converted: map[string]*llbconv.Result{},
		histories: historiesOf(ui),
	}, nil
}

// evaluates reports whether the build is done when explain returns. Otherwise, the
// daemon builds after the frontend has ended.
func (w *why) evaluates() bool { return w.watch != nil }

// setLock records that a lock pins images.
func (w *why) setLock(l *lock.Lock) {
	if w.watch != nil {
		w.watch.Locked = l.HasImage
	}
}

// add records the conversion for a platform.
func (w *why) add(p *ocispecs.Platform, converted *llbconv.Result) {
	if w.watch == nil {
		return
	}
	built := platforms.DefaultSpec()
	if p != nil {
		built = *p
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.converted[platforms.FormatAll(platforms.Normalize(built))] = converted
}

// gather lists the steps of all platforms.
func (w *why) gather(ctx context.Context, c *insight.Collection) error {
	for _, platform := range slices.Sorted(maps.Keys(w.converted)) {
		steps, err := w.converted[platform].Steps(ctx)
		if err != nil {
			return err
		}
		c.Add(platform, steps)
	}
	if w.histories == nil {
		return nil
	}
	histories, err := w.histories(ctx)
	if err != nil {
		c.Notices = append(c.Notices, fmt.Sprintf("the build context %s is not used: %v", historyContext, err))
	}
	c.Histories = histories
	return nil
}

// explain builds a result while it compares the build with earlier ones, and prints
// the differences before the result is exported. It does not return an error of the
// build: BuildKit keeps the error, and reports it when the result is used.
func (w *why) explain(ctx context.Context, res *client.Result) {
	if w.watch == nil {
		return
	}
	w.watch.Start(ctx, w.gather)
	failed := evaluate(ctx, res)
	_, err := guard.Do(func() (any, error) {
		report, finishErr := w.watch.Finish(ctx, failed)
		if report == nil || failed != nil {
			return nil, finishErr
		}
		dt, err := report.JSON(insight.MaxJSON)
		if err != nil {
			return nil, err
		}
		addJSON(res, whyKey, dt)
		return nil, finishErr
	})
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "strata-frontend:", err) // the log of the daemon
	}
}

// dryRun reports which steps a build would run, with the advice of some findings.
func (w *why) dryRun(ctx context.Context, found []advice.Finding) (insight.Report, error) {
	if w.watch == nil {
		return insight.Report{}, fmt.Errorf("--call=cache: %w", w.err)
	}
	report, evidence, err := w.watch.DryRun(ctx, w.gather, insight.ReadsOf(found))
	report.Advice = insight.NewAdvice(found, evidence)
	return report, err
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

// projectOf returns what the client says about the project, which is the same for all
// its builds.
func projectOf(opts map[string]string) insight.Project {
	source, remote := opts["vcs:source"], opts["context"]
	if !strings.Contains(remote, ":") {
		remote = ""
	}
	// A build of another commit or branch is one of the same project.
	if ref, isGit, err := dfgitutil.ParseGitRef(remote); isGit && err == nil {
		remote = ref.Remote + ":" + ref.SubDir
	}
	parts := []string{source, remote, cmp.Or(opts["filename"], dockerui.DefaultDockerfileName)}
	for _, name := range []string{"vcs:localdir:context", "vcs:localdir:dockerfile", "target", "platform"} {
		parts = append(parts, opts[name])
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return insight.Project{ID: hex.EncodeToString(sum[:12]), Described: source != "" || remote != ""}
}
