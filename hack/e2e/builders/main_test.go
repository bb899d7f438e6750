// Package builders builds a short list of Dockerfiles on each daemon of
// docs/builders.md, with the real client programs. Features that all daemons
// support must give the same result. If a daemon lacks a feature, the build falls
// back to an older form, or fails with an error that names the feature.
package builders

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

func TestMain(m *testing.M) {
	scenario.Main(m, "builders", "busybox", "python:3.11-slim", "node:20-slim")
}

// The names of the builders in the tables of this package.
const (
	pinned          = "pinned"
	lastBuildKit    = workbench.LastBuildKit
	olderBuildKit   = workbench.OlderBuildKit
	engine          = "engine-29"
	dockerContainer = "docker-container"
	olderEngine     = "engine-20.10"
)

var names = []string{pinned, lastBuildKit, olderBuildKit, engine, dockerContainer, olderEngine}

// start starts the daemon with a name.
func start(t *testing.T, name string) (b builder) {
	switch name {
	case pinned:
		b = onBuildKit(t, scenario.Fresh(t))
	case lastBuildKit, olderBuildKit:
		b = onBuildKit(t, scenario.StartDaemon(t, workbench.DaemonOptions{Version: name}))
	case engine:
		b = onEngine(t, currentDocker)
	case dockerContainer:
		b = inContainer(t)
	case olderEngine:
		b = onEngine(t, olderDocker)
	}
	b.name = name
	return b
}

// TestBuilders builds the list on each daemon.
func TestBuilders(t *testing.T) {
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, name)
			// Scenes that empty the cache run before scenes that rely on it.
			t.Run("exchange", func(t *testing.T) { b.play(t, exchange, 0) })
			if b.isEngine() {
				t.Run("inline cache", b.inlineCache)
			}
			for i, s := range scenes {
				b.parallel(t, s.name, func(b builder, t *testing.T) { b.play(t, s, i) })
			}
			b.parallel(t, "features", builder.features)
			b.parallel(t, "invisible", builder.invisible)
			b.parallel(t, "git", builder.addGit)
			b.parallel(t, "calls", builder.calls)
			b.parallel(t, "why", builder.why)
			b.parallel(t, "contexts", builder.contexts)
			b.parallel(t, "examples", builder.examples)
			if b.isEngine() {
				b.parallel(t, "base image", builder.baseImage)
				b.parallel(t, "load", builder.loadRemote)
			}
		})
	}
}

func (b builder) parallel(t *testing.T, name string, test func(builder, *testing.T)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		test(b, t)
	})
}
