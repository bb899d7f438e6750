// Package faults runs builds while a part of the system fails. Each fault must give
// a clear error or the right result, leave nothing behind on the machine, and lose
// nothing from the cache.
package faults

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "faults", "busybox") }

type change = func(*buildrun.Build)

func reference(b *buildrun.Build) { b.Frontend = buildrun.Builtin }

func target(stage string) change { return func(b *buildrun.Build) { b.Target = stage } }

func arg(name, value string) change {
	return func(b *buildrun.Build) {
		b.Args = maps.Clone(b.Args)
		b.Args[name] = value
	}
}

// project returns a folder whose builds share nothing with other builds, because of
// the argument CASE.
func project(t *testing.T, files scenario.Files) *scenario.Project {
	t.Helper()
	p := scenario.New(t, files)
	p.Build.Args = map[string]string{"CASE": scenario.Unique()}
	p.Export = map[string]string{"source-date-epoch": "1700000000"}
	return p
}

// earlier are the steps of a build that succeeds before the fault.
const earlier = "FROM busybox AS earlier\nARG CASE\nRUN echo $CASE >/first\nRUN echo second >/second\n"

// onDaemon runs the tests, which may be parallel, on an empty daemon, and checks
// that the daemon keeps no resources after them.
func onDaemon(t *testing.T, tests func(t *testing.T, d *scenario.Daemon)) {
	t.Helper()
	d := scenario.Fresh(t)
	before := d.Held()
	t.Run("on", func(t *testing.T) { tests(t, d) })
	nothingLeft(t, d, before)
}

// keepsCache builds the project's stage "earlier", causes the fault, and checks
// that the stage is still in the cache.
func keepsCache(t *testing.T, d *scenario.Daemon, p *scenario.Project, fault func()) {
	t.Helper()
	p.On(d, target("earlier")).Ran(">/first", ">/second")
	fault()
	p.On(d, target("earlier")).Ran()
}

// nothingLeft waits until the daemon has released the resources of the build.
func nothingLeft(t *testing.T, d *scenario.Daemon, before []string) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		left = slices.DeleteFunc(d.Held(), func(h string) bool { return slices.Contains(before, h) })
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
}
