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
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/source"
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
	if err := check.Describe(ctx, b.gateway, found); err != nil {
		return nil, err
	}
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
// lock for other builds. Only the sources that the target needs have to be found.
func (b *build) newLock(ctx context.Context) (*lock.Lock, error) {
	needed, err := b.needed(ctx)
	if err != nil {
		return nil, err
	}
	found, patterns, err := b.lookUp(ctx)
	if err != nil {
		return nil, err
	}
	of := b.dockerfile()
	old, err := b.readLock(ctx)
	if err != nil || old == nil || b.lockMode == lock.Off {
		old = lock.New(of, nil) // a lock that cannot be read is replaced
	}
	entries := make([]lock.Entry, 0, len(found))
	for _, s := range found {
		switch pin, locked := old.Pin(s.Identifier); {
		case s.Err == nil:
			entries = append(entries, s.Entry)
		case needed[s.Identifier]:
			return nil, s.Located()
		case locked:
			entries = append(entries, lock.Entry{Identifier: s.Identifier, Pin: pin})
			b.report.warn(ctx, diag.List{s.Unresolved("its line stays, as the target does not need it")})
		default:
			b.report.warn(ctx, diag.List{s.Unresolved("the lock lacks it, as the target does not need it")})
		}
	}
	entries = append(entries, lock.OfOtherBuilds(old, found, patterns)...)
	return lock.New(of, entries), nil
}

// needed returns the identifiers of the sources that the target needs. It is an error if
// an image of them cannot be found.
func (b *build) needed(ctx context.Context) (map[string]bool, error) {
	results, err := b.forLock(ctx, b.gateway, false)
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{}
	for _, converted := range results {
		for _, e := range converted.Externals() {
			needed[e.Identifier] = true
		}
	}
	return needed, nil
}

// lookUp finds the current sources of all stages, for all platforms of the build. It
// also returns patterns of those of other builds.
func (b *build) lookUp(ctx context.Context) (found []lock.Source, patterns []*regexp.Regexp, err error) {
	images := &lock.Tolerant{From: b.gateway}
	results, err := b.forLock(ctx, images, true)
	if err != nil {
		return nil, nil, err
	}
	var all []llbconv.External
	for _, converted := range results {
		all = append(all, converted.Externals()...)
		patterns = append(patterns, converted.OtherSources()...)
	}
	found, err = lock.Resolve(ctx, b.gateway, images, all)
	return found, patterns, err
}

// forLock converts for all platforms of the build, without the lock.
func (b *build) forLock(ctx context.Context, images source.Images, allStages bool) ([]*llbconv.Result, error) {
	sources := request.Sources(ctx, b.ui, b.gateway.IgnoreFile)
	sources.Images = images
	file, diags := llbconv.Parse(b.src.Data, b.ui.LinterConfig)
	if err := b.report.err(diags); err != nil {
		return nil, err
	}
	byPlatform := make([]*llbconv.Result, max(1, len(b.ui.TargetPlatforms)))
	_, err := b.ui.Build(ctx, func(ctx context.Context, p *ocispecs.Platform, i int) (*dockerui.BuildResult, error) {
		opt := b.options(p)
		opt.AllStages, opt.Checks.NoLint = allStages, true
		converted, diags := llbconv.Convert(ctx, file, sources, opt)
		if err := b.report.err(diags); err != nil {
			return nil, err
		}
		byPlatform[i] = converted
		return &dockerui.BuildResult{Image: converted.Image}, nil
	})
	return byPlatform, err
}
