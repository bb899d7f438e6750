package llbconv_test

import (
	"slices"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// TestNoCacheOfAStageReachesItsReaders requests one stage without cache. The
// reference marks only the steps of that stage, so BuildKit then reuses an earlier
// build's results for the steps after a COPY from it.
func TestNoCacheOfAStageReachesItsReaders(t *testing.T) {
	const dockerfile = `FROM busybox AS fetch
RUN fetch
FROM fetch AS child
RUN child
FROM busybox AS mounts
RUN before mount
RUN --mount=from=child,target=/m mount
FROM busybox AS apart
RUN apart
FROM busybox
COPY --from=apart /a /
RUN before copy
COPY --from=mounts /b /
WORKDIR /c
RUN last
`
	got := convertText(t, dockerfile, difftest.Options{NoCache: []string{"fetch"}})
	var names []string
	for _, md := range got.Definition.Metadata {
		if md.IgnoreCache {
			names = append(names, md.Description["llb.customname"])
		}
	}
	slices.Sort(names)
	want := []string{
		"[child 1/1] RUN child",
		"[fetch 2/2] RUN fetch",
		"[mounts 3/3] RUN --mount=from=child,target=/m mount",
		"[stage-4 4/6] COPY --from=mounts /b /",
		"[stage-4 5/6] WORKDIR /c",
		"[stage-4 6/6] RUN last",
	}
	if !slices.Equal(names, want) {
		t.Errorf("steps that ignore the cache:\n%q, want\n%q", names, want)
	}
}

// The SBOM scan runs again with the steps that produce its input, even if those
// only read from a stage without cache.
func TestScanFollowsNoCache(t *testing.T) {
	const dockerfile = "FROM busybox AS build\nRUN date > /out\nFROM busybox AS other\nRUN true\nFROM scratch\nCOPY --from=build /out /\n"
	for _, c := range []struct {
		stages []string
		again  bool
	}{
		{nil, false},
		{[]string{}, true},
		{[]string{"build"}, true},
		{[]string{"other"}, false},
	} {
		if got := convertText(t, dockerfile, difftest.Options{NoCache: c.stages}); got.Err != nil || got.IgnoreCache != c.again {
			t.Errorf("without cache %q: error %v, the scan runs again: %v", c.stages, got.Err, got.IgnoreCache)
		}
	}
}
