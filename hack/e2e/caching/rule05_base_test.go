package caching

import (
	"slices"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

const baseName = "registry.example.com/team/base:1"

func TestTheBaseImage(t *testing.T) {
	d := scenario.Fresh(t)
	name := readers.Replace(baseName)
	pinned := name + "@" + scenario.Push(t, name, scenario.Files{"version": "0\n"})
	p := project(t, 0, nil)
	p.On(d).Holds(scenario.Files{"/copied": "0"})

	for i, mode := range []string{"default", "pull", "local"} {
		t.Run("mode "+mode, func(t *testing.T) {
			version := string(rune('1' + i))
			scenario.Push(t, name, scenario.Files{"version": version + "\n"})
			p := p.With(t)
			moved := p.On(d, attr("image-resolve-mode", mode))
			moved.RanAll()
			moved.Holds(scenario.Files{"/copied": version})
			p.On(d, attr("image-resolve-mode", mode)).Ran()
		})
	}
	t.Run("pinned", func(t *testing.T) {
		p := p.With(t)
		p.Edit(name, pinned)
		r := p.On(d)
		r.Ran()
		r.Holds(scenario.Files{"/copied": "0"})
		p.On(d, noCache()).Holds(scenario.Files{"/copied": "0"})
	})
	t.Run("no-cache", func(t *testing.T) { baseWithoutCache(t, d) })
	t.Run("same layers", func(t *testing.T) { baseOfSameLayers(t, d, name) })
}

// baseWithoutCache counts the requests to the registry: --no-cache runs the steps,
// and makes the same requests as any other build.
func baseWithoutCache(t *testing.T, d *scenario.Daemon) {
	reg := scenario.NewRegistry(t)
	name := reg.Host + "/team/base:1"
	digest := scenario.Push(t, name, scenario.Files{"version": "own\n"})
	p := project(t, 0, nil)
	p.Edit(readers.Replace(baseName), name)
	p.On(d)
	reg.Asked("")

	p.On(d).Ran()
	usual := reg.Asked("/team/base/")
	p.On(d, noCache()).Ran("RUN cp /version /copied")
	again := reg.Asked("/team/base/")
	if len(usual) == 0 || !slices.Equal(usual, again) {
		t.Errorf("a build asked for %q, and one without a cache for %q", usual, again)
	}

	p.Edit(name, name+"@"+digest)
	p.On(d).Ran()
	if asked := reg.Asked("/team/base/"); len(asked) > 0 {
		t.Errorf("for a pinned base, a build asked for %q", asked)
	}
	reg.Stop()
	p.On(d).Ran()
	p.Edit("@"+digest, "")
	if _, err := p.Try(d); err == nil {
		t.Error("a tag was found although its registry is gone")
	}
}

// baseOfSameLayers moves the tag to an image with the same layers and another
// config, which is a different base.
func baseOfSameLayers(t *testing.T, d *scenario.Daemon, name string) {
	p := project(t, 0, nil)
	below := readers.Replace("registry.example.com/team/below:1")
	scenario.Push(t, below, scenario.Files{"version": "below\n"})
	push := func(label string) {
		scenario.Push(t, name, scenario.Files{"Dockerfile": "FROM " + below + "\nLABEL kind=" + label + "\n"})
	}
	push("old")
	before := p.On(d)
	push("new")
	after := p.On(d)
	after.RanAll()
	if got := after.Image.Config.Config.Labels["kind"]; got != "new" {
		t.Errorf("the image has the label %q of the old base", got)
	}
	lowest := len(before.Image.Manifest.Layers) - 1
	if !slices.EqualFunc(before.Image.Manifest.Layers[:lowest], after.Image.Manifest.Layers[:lowest], sameLayer) {
		t.Error("the bases differ in their layers, so this proves nothing")
	}
}
