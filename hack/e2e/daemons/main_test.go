// Package daemons builds on several releases of BuildKit: the pinned one and
// an older one. What both can do has to give the same; what the older one
// lacks gives the older form, or an error that says so.
package daemons

import (
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

func TestMain(m *testing.M) { scenario.Main(m, "daemons", "busybox") }

// oldest is the older release.
var oldest = workbench.OlderBuildKits[1]

// daemon is a BuildKit with nothing in its cache.
type daemon struct {
	*scenario.Daemon
	old bool
}

// onEach runs a test on each release.
func onEach(t *testing.T, test func(t *testing.T, d daemon)) {
	t.Run("pinned", func(t *testing.T) { test(t, daemon{Daemon: scenario.Fresh(t)}) })
	t.Run(oldest, func(t *testing.T) { test(t, daemon{Daemon: older(t), old: true}) })
}

func older(t *testing.T) *scenario.Daemon {
	t.Helper()
	return scenario.StartDaemon(t, workbench.DaemonOptions{Name: "older", Version: oldest})
}

// files are the context of every build.
var files = scenario.Files{
	"a": "a\n", "sub/b": "b\n", "sub/deep/c": "c\n", "sub/d.md": "d\n",
}

func project(t *testing.T, dockerfile string) *scenario.Project {
	t.Helper()
	p := scenario.New(t, files)
	p.Write("Dockerfile", dockerfile)
	p.Export = map[string]string{"source-date-epoch": "1700000000", "rewrite-timestamp": "true"}
	return p
}

func reference(b *buildrun.Build) { b.Frontend = buildrun.Builtin }
