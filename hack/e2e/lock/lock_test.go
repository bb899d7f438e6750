package lock

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// A build with a lock uses the pinned sources after the sources have moved.
func TestMovedSources(t *testing.T) {
	d := scenario.Fresh(t)
	m := newMoving(t, dockerfile)
	m.Build.Args = nil
	m.Export = map[string]string{"source-date-epoch": "1700000000"}
	unlocked := m.On(d, scenario.Explained)
	unlocked.Holds(holds(1))

	first := m.lock(d)
	if n := strings.Count(first, "\n"); n != 7 {
		t.Errorf("the lock has %d lines:\n%s", n, first)
	}
	says(t, first, m.digests["BASE"], m.digests["TOOL"], m.digests["REPO"])
	if again := m.lock(d); again != first {
		t.Errorf("a second lock is another:\n%s\n%s", again, first)
	}
	says(t, m.check(d, ""), "Dockerfile.lock is up to date: 5 sources.")

	t.Run("a lock that is up to date changes nothing", func(t *testing.T) {
		cached(m.On(d), unlocked)
	})
	old := m.digests
	m.move()
	m.file.Store(2)
	t.Run("moved", func(t *testing.T) {
		m.registry.Asked("")
		m.asked.Store(0)
		cached(m.On(d), unlocked)
		if asked := m.registry.Asked("/v2/team/"); len(asked) > 0 || m.asked.Load() > 0 {
			t.Errorf("the registry was asked for %q, and the file %d times", asked, m.asked.Load())
		}
	})
	t.Run("check", func(t *testing.T) {
		text := m.check(d, "1")
		says(t, text, "Dockerfile.lock has 4 differences.", "moved    "+m.names.Replace("BASE")+" (Dockerfile:3)",
			"old  "+old["BASE"]+" (built 2020-02-03 04:05:06, version v1)", "new  "+m.digests["BASE"]+" (built 2020-02-03 04:05:06, version v2)", m.names.Replace("REPO"), m.names.Replace("FILE"),
			"old  "+old["REPO"], "new  "+m.digests["REPO"], "--call=lock . > Dockerfile.lock")
	})
	t.Run("updated", func(t *testing.T) {
		m.lock(d)
		r := m.On(d, scenario.Explained)
		r.Holds(holds(2))
		says(t, r.String(), "team/base:1 moved (lock updated: "+short(old["BASE"])+" to "+short(m.digests["BASE"])+")")
		m.check(d, "")
	})
}

// cached checks that the image is the same and that its steps come from the cache.
// The sources of ADD are checked in every build.
func cached(r, want *scenario.Result) {
	r.T.Helper()
	r.RanAtMost("] ADD ")
	r.SameExport(want)
	if n := len(r.Cached()); n < 4 {
		r.T.Errorf("only %d steps are cached:\n%s", n, r)
	}
}

// short returns the form of a digest in the lines of a build.
func short(digest string) string { return strings.TrimPrefix(digest, "sha256:")[:12] }
