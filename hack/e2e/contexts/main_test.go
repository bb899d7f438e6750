// Package contexts builds from every kind of context that clients know, with
// BuildKit's own frontend and with Strata: the image must be the same, and Strata
// must find the steps of the first build in the cache.
package contexts

import (
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "contexts", "busybox") }

// copyAll copies the context to /src, in steps that no other build has.
const copyAll = "FROM busybox\nARG CASE\nWORKDIR /case/$CASE\nWORKDIR /src\nCOPY . .\n"

type change = scenario.Change

// from builds from a remote context, and sends no folder.
func from(url string) change {
	return func(b *buildrun.Build) { b.Context = url }
}

func dockerfile(name string) change {
	return func(b *buildrun.Build) { b.Dockerfile = name }
}
