package sharing

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
)

// builder are the steps of the stage that is not in the image.
var builder = []string{"WORKDIR /src", "COPY source.txt", "RUN tr", "RUN cp"}

// TestTransports fills each kind of cache on one daemon and builds on another one
// with an empty cache. In mode max the cache has all steps, otherwise only those of
// the image.
func TestTransports(t *testing.T) {
	one, other := two(t)
	for _, c := range []struct {
		name     string
		cache    func(t *testing.T) cache
		complete bool
	}{
		{"registry max", func(t *testing.T) cache { return inRegistry(name(t), "max") }, true},
		{"registry min", func(t *testing.T) cache { return inRegistry(name(t), "min") }, false},
		{"registry max as an image", func(t *testing.T) cache {
			c := inRegistry(name(t), "max")
			c.to["image-manifest"], c.to["oci-mediatypes"] = "true", "true"
			return c
		}, true},
		{"folder max", func(t *testing.T) cache { return inFolder(t.TempDir(), "max") }, true},
		{"folder min", func(t *testing.T) cache { return inFolder(t.TempDir(), "min") }, false},
		{"inline", func(t *testing.T) cache {
			return cache{"inline", map[string]string{}, map[string]string{"ref": name(t)}}
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			one.Prune(t)
			other.Prune(t)
			p, cache := project(t), c.cache(t)
			first := p.On(one, cache.write, pushInline(cache))
			first.RanAll()
			first.Holds(result)
			cache = carry(t, cache)

			second := p.On(other, cache.read)
			second.Ran()
			second.Holds(result)
			second.SameContent(first)

			other.Prune(t)
			p.Edit("cp compiled linked", "cp -p compiled linked")
			edited := p.On(other, cache.read)
			ran := []string{"RUN cp -p"}
			if !c.complete {
				ran = append(ran, builder[:3]...)
			}
			edited.Ran(ran...)
			edited.Holds(result)
		})
	}
}

// pushInline pushes the image that contains an inline cache.
func pushInline(c cache) func(*buildrun.Build) {
	return func(b *buildrun.Build) {
		if c.kind == "inline" {
			b.Exports = []buildrun.Export{buildrun.Push(c.from["ref"])}
		}
	}
}

// carry copies a cache that is a folder to another place, like a CI does. The
// folder is an OCI layout.
func carry(t *testing.T, c cache) cache {
	t.Helper()
	dir, ok := c.to["dest"]
	if !ok {
		return c
	}
	for _, file := range []string{"oci-layout", "index.json", "blobs/sha256"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
	return inFolder(copyFolder(t, dir), "")
}

// TestThreeDaemons builds on three daemons: the second one extends the results of
// the first, and the third uses only the cache of the second.
func TestThreeDaemons(t *testing.T) {
	one, two := two(t)
	three := scenario.StartDaemon(t, workbench.DaemonOptions{})
	main, feature := inRegistry(name(t), "max"), inRegistry(name(t), "max")
	p := project(t)
	p.On(one, main.write).RanAll()

	p.Write("conf.txt", "edited\n")
	p.On(two, main.read, feature.write).Ran("COPY conf.txt", "RUN cat")

	third := p.On(three, feature.read)
	third.Ran()
	third.Holds(scenario.Files{"/all": "SOURCE\nedited"})

	// If there are several caches, BuildKit may ignore entries that only one of
	// them has.
	three.Prune(t)
	p.Write("conf.txt", "conf\n")
	both := p.On(three, func(b *buildrun.Build) {
		main.read(b)
		fromMain := b.CacheFrom
		feature.read(b)
		b.CacheFrom = append(fromMain, b.CacheFrom...)
	})
	both.RanAtMost("COPY conf.txt", "RUN cat")
	both.Holds(result)
}

// TestBaseInOCILayout uses a base image that one daemon has exported to a folder,
// on another daemon.
func TestBaseInOCILayout(t *testing.T) {
	one, other := two(t)
	base := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nRUN echo base > /base\n"}).On(one)
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM base\nRUN cp /base /copied\n"})
	store, err := local.NewStore(copyFolder(t, base.Layout))
	if err != nil {
		t.Fatal(err)
	}
	from := func(b *buildrun.Build) {
		b.Stores = map[string]content.Store{"carried": store}
		b.Named = map[string]string{"base": "oci-layout://carried@" + base.Image.Digest.String()}
	}
	p.On(other, from).Holds(scenario.Files{"/copied": "base"})
	p.On(other, from).Ran()
}
