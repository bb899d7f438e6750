package scenario

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stratabuild/strata/frontend"
	"github.com/stratabuild/strata/hack/buildrun"
)

const whyOption = "build-arg:STRATA_WHY"

// Result is a build that succeeded. Its methods report problems to T.
type Result struct {
	*buildrun.Report
	Image  *Image
	Layout string // the folder of the image
	T      *testing.T
}

// On builds the project on the daemon with Strata and exports the image. Each
// change applies only to this build.
func (p *Project) On(d *Daemon, changes ...func(*buildrun.Build)) *Result {
	p.t.Helper()
	r, err := p.Image(d, changes...)
	require.NoError(p.t, err, "%s%s", r.Report, r.Logs())
	return r
}

// Image is On for a build that may fail.
func (p *Project) Image(d *Daemon, changes ...func(*buildrun.Build)) (*Result, error) {
	r := &Result{Layout: filepath.Join(p.t.TempDir(), "image"), T: p.t}
	export := buildrun.OCILayout(r.Layout)
	for name, value := range p.Export {
		export = export.With(name, value)
	}
	changes = append(changes, func(b *buildrun.Build) { b.Exports = append(slices.Clone(b.Exports), export) })
	var err error
	if r.Report, err = p.Try(d, changes...); err != nil {
		return r, err
	}
	r.Image, err = OpenImage(r.Layout)
	return r, err
}

// Try builds without exporting the image. The build may fail.
func (p *Project) Try(d *Daemon, changes ...func(*buildrun.Build)) (*buildrun.Report, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Minute)
	defer cancel()
	return p.TryContext(ctx, d, changes...)
}

// TryContext is Try for a build that the caller can cancel. The build is not compared
// with earlier ones, unless it is Explained: most tests do not read the comparison, and
// it takes one more container.
func (p *Project) TryContext(ctx context.Context, d *Daemon, changes ...func(*buildrun.Build)) (*buildrun.Report, error) {
	b := p.Build
	b.Context = p.Dir
	b.Frontend = world.frontend
	Option(whyOption, "off")(&b)
	for _, change := range changes {
		change(&b)
	}
	if !p.ByImage {
		InProcess(&b)
	}
	return buildrun.Run(ctx, d.Client, b)
}

// InProcess runs the frontend of a build with Strata in this process, which takes a tenth
// of a second less than its image. A build that is compared with earlier ones needs the
// image.
func InProcess(b *buildrun.Build) {
	if b.Frontend == world.frontend && b.Attrs[whyOption] == "off" {
		b.Frontend, b.InProcess = buildrun.Builtin, frontend.Build
	}
}

// Ran checks that exactly these steps ran, and that all others came from the cache.
// A step is identified by text that only its name contains.
func (r *Result) Ran(want ...string) {
	r.T.Helper()
	if problems := Compare(r.Report, want); len(problems) > 0 {
		r.T.Errorf("%s\nthe build:\n%s", strings.Join(problems, "\n"), r.Report)
	}
}

// RanAtMost checks that no other steps than these ran.
func (r *Result) RanAtMost(allowed ...string) {
	r.T.Helper()
	for _, name := range r.Report.Ran() {
		if !isLink(name) && !slices.ContainsFunc(allowed, func(a string) bool { return strings.Contains(name, a) }) {
			r.T.Errorf("run, but should not have been: %s\nthe build:\n%s", name, r.Report)
		}
	}
}

// RanAll checks that no step came from the cache.
func (r *Result) RanAll() {
	r.T.Helper()
	if cached := r.Cached(); len(cached) > 0 || len(r.Report.Ran()) == 0 {
		r.T.Errorf("these steps came from the cache: %q\nthe build:\n%s", cached, r.Report)
	}
}

// SameImage checks that the other build gave the identical image.
func (r *Result) SameImage(other *Result) {
	r.T.Helper()
	if r.Image.Digest != other.Image.Digest {
		r.T.Errorf("the image is %s, and was %s", r.Image.Digest, other.Image.Digest)
	}
}

// SameContent checks that the other build gave an image of the same files.
func (r *Result) SameContent(other *Result) {
	r.T.Helper()
	SameFiles(r.T, r.Unpack(), other.Unpack())
}

// Unpack unpacks the image and returns the folder.
func (r *Result) Unpack() string {
	r.T.Helper()
	root := r.T.TempDir()
	require.NoError(r.T, r.Image.Unpack(r.T.Context(), root))
	return root
}

// Holds is HoldsFiles for the image.
func (r *Result) Holds(files Files) {
	r.T.Helper()
	HoldsFiles(r.T, r.Unpack(), files)
}
