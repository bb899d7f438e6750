package scenario

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
)

// Change changes one build of a project.
type Change = func(*buildrun.Build)

// Reference builds with BuildKit's own frontend.
func Reference(b *buildrun.Build) { b.Frontend = buildrun.Builtin }

// Explained has a build compared with earlier ones.
func Explained(b *buildrun.Build) { Option(whyOption, "on")(b) }

// Option sets an option of the frontend, unchanged.
func Option(name, value string) Change {
	return func(b *buildrun.Build) { b.Attrs = with(b.Attrs, name, value) }
}

// Arg sets a build argument.
func Arg(name, value string) Change {
	return func(b *buildrun.Build) { b.Args = with(b.Args, name, value) }
}

func with(m map[string]string, name, value string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, m)
	all[name] = value
	return all
}

// Isolated returns a project whose builds share nothing with other builds, if a step
// uses the argument CASE. Its images do not depend on the time of the build.
func Isolated(t *testing.T, files Files) *Project {
	t.Helper()
	p := New(t, files)
	p.Build.Args = map[string]string{"CASE": Unique()}
	p.Export = map[string]string{"source-date-epoch": "1700000000"}
	return p
}

// Same builds with the reference and then with Strata. The export must be the same,
// and Strata must find the steps of the reference in the cache.
func (p *Project) Same(changes ...Change) *Result {
	p.t.Helper()
	d := Shared(p.t)
	want := p.On(d, append(slices.Clone(changes), Reference)...)
	want.RanAll()
	got := p.On(d, changes...)
	got.Ran()
	got.SameExport(want)
	return got
}

// SameExport checks that the image is the same, for every platform.
func (r *Result) SameExport(want *Result) {
	r.T.Helper()
	r.SameImage(want)
	if got, was := r.exported(), want.exported(); got != was {
		r.T.Errorf("the export is %s, and was %s", got, was)
	}
}

// exported returns the digest of the image or, for several platforms, of their index.
// It reads the layout, because not every client reports the digest.
func (r *Result) exported() digest.Digest {
	r.T.Helper()
	var index ocispecs.Index
	require.NoError(r.T, host.ReadJSON(filepath.Join(r.Layout, ocispecs.ImageIndexFile), &index))
	require.Len(r.T, index.Manifests, 1)
	require.NotEmpty(r.T, index.Manifests[0].Digest)
	return index.Manifests[0].Digest
}

// SameError checks that both builds fail, and that Strata's error has the same
// reason as the reference's.
func (p *Project) SameError(reason string, changes ...Change) {
	p.t.Helper()
	d := Shared(p.t)
	_, want := p.Try(d, append(slices.Clone(changes), Reference)...)
	_, got := p.Try(d, changes...)
	for name, err := range map[string]error{"the reference": want, "Strata": got} {
		if err == nil || !strings.Contains(err.Error(), reason) {
			p.t.Errorf("%s: the error is %v, without %q", name, err, reason)
		}
	}
}

var uniques atomic.Int64

// Unique returns a word that no other run uses. It has digits and dashes, so that
// the short form of a command does not show it.
func Unique() string {
	return fmt.Sprintf("%d-%d-%d", time.Now().UnixNano(), os.Getpid(), uniques.Add(1))
}
