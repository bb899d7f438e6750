package frontend

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/lock"
	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/llbconv"
)

var (
	lockRequest      = ownRequest("frontend.lock", "Print a lock file that pins the sources which the Dockerfile names")
	lockCheckRequest = ownRequest("frontend.lockcheck", "Compare the lock file with the current sources")
)

// printLock prints a lock for the Dockerfile.
func (b *build) printLock(ctx context.Context) (*client.Result, error) {
	fresh, err := b.newLock(ctx)
	if err != nil {
		return nil, err
	}
	text, err := fresh.Marshal()
	if err != nil {
		return nil, err
	}
	return answerOf(lockRequest, text, string(text)), nil
}

// checkLock compares the lock with the current sources.
func (b *build) checkLock(ctx context.Context) (*client.Result, error) {
	old, err := b.readLock(ctx)
	if err != nil {
		return nil, err
	}
	found, patterns, err := b.lookUp(ctx)
	if err != nil {
		return nil, err
	}
	check := lock.Compare(b.dockerfile(), old, found, patterns)
	check.Describe(ctx, b.gateway, found)
	check.LookUpSyntax(ctx, b.gateway, b.src.Data)
	dt, err := json.MarshalIndent(check, "", "  ")
	if err != nil {
		return nil, err
	}
	res := answerOf(lockCheckRequest, dt, check.Text())
	if len(check.Differences) > 0 {
		res.AddMeta("result.statuscode", []byte("1"))
	}
	return res, nil
}

// newLock returns a lock of the current sources. It keeps the entries of the old
// lock for other builds.
func (b *build) newLock(ctx context.Context) (*lock.Lock, error) {
	found, patterns, err := b.lookUp(ctx)
	if err != nil {
		return nil, err
	}
	entries := make([]lock.Entry, 0, len(found))
	for _, s := range found {
		entries = append(entries, s.Entry)
	}
	// A lock that cannot be read is replaced.
	if old, err := b.readLock(ctx); err == nil && old != nil && b.lockMode != lock.Off {
		entries = append(entries, lock.OfOtherBuilds(old, found, patterns)...)
	}
	return lock.New(b.dockerfile(), entries), nil
}

// lookUp finds the current sources of all stages, for all platforms of the build. It
// also returns patterns of those of other builds.
func (b *build) lookUp(ctx context.Context) ([]lock.Source, []*regexp.Regexp, error) {
	sources := request.Sources(ctx, b.ui, b.gateway.IgnoreFile)
	file, diags := llbconv.Parse(b.src.Data, b.ui.LinterConfig)
	if err := b.report.err(diags); err != nil {
		return nil, nil, err
	}
	byPlatform := make([]*llbconv.Result, max(1, len(b.ui.TargetPlatforms)))
	_, err := b.ui.Build(ctx, func(ctx context.Context, p *ocispecs.Platform, i int) (*dockerui.BuildResult, error) {
		opt := b.options(p)
		opt.AllStages, opt.Checks.NoLint = true, true
		converted, diags := llbconv.Convert(ctx, file, sources, opt)
		if err := b.report.err(diags); err != nil {
			return nil, err
		}
		byPlatform[i] = converted
		return &dockerui.BuildResult{Image: converted.Image}, nil
	})
	if err != nil {
		return nil, nil, err
	}
	var all []llbconv.External
	var patterns []*regexp.Regexp
	for _, converted := range byPlatform {
		all = append(all, converted.Externals()...)
		patterns = append(patterns, converted.OtherSources()...)
	}
	found, err := lock.Resolve(ctx, b.gateway, all)
	return found, patterns, err
}
