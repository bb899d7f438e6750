package caching

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestCopyLink(t *testing.T) {
	d := scenario.Fresh(t)
	name := readers.Replace(baseName)
	scenario.Push(t, name, scenario.Files{"version": "1\n"})
	p := project(t, 0, scenario.Files{"one.txt": "one\n", "two.txt": "two\n"})
	first := p.On(d)
	first.RanAll()

	scenario.Push(t, name, scenario.Files{"version": "2\n"})
	moved := p.On(d)
	moved.Ran()
	moved.Holds(scenario.Files{"/version": "2", "/srv/one.txt": "one", "/srv/two.txt": "two"})
	a, b := first.Image.Manifest.Layers, moved.Image.Manifest.Layers
	if n := len(a); n != len(b) || !sameLayer(a[n-1], b[n-1]) || !sameLayer(a[n-2], b[n-2]) {
		t.Errorf("the linked layers are new ones: %v, and before: %v", b, a)
	}

	p.Write("one.txt", "one, edited\n")
	edited := p.On(d)
	edited.Ran("COPY --link one.txt")
	edited.Holds(scenario.Files{"/srv/one.txt": "one, edited", "/srv/two.txt": "two"})

	p.Edit("COPY --link one.txt", "COPY one.txt")
	p.On(d).Ran("COPY one.txt")
	scenario.Push(t, name, scenario.Files{"version": "3\n"})
	p.On(d).Ran("COPY one.txt")
}
