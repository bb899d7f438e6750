// Package platforms builds for other platforms and for several at once, with
// attestations, with BuildKit's own frontend and with Strata: the whole index must
// be the same, and Strata must find the steps of the first build in the cache.
package platforms

import (
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "platforms", "busybox") }

type change = scenario.Change

// on builds for the platforms.
func on(names ...string) change {
	return func(b *buildrun.Build) { b.Platforms = names }
}

// open reads the whole export of a build.
func open(t *testing.T, r *scenario.Result) *export {
	t.Helper()
	index, err := openExport(r.Layout)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// imagesOf opens the exported images of a build, one for each platform.
func imagesOf(t *testing.T, r *scenario.Result) []*scenario.Image {
	t.Helper()
	images, err := open(t, r).images()
	if err != nil {
		t.Fatal(err)
	}
	return images
}
