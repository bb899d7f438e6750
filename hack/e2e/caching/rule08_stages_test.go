package caching

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestStages(t *testing.T) {
	d := scenario.Fresh(t)
	p := project(t, 0, scenario.Files{"source.txt": "hello\n"})
	t.Run("only what is needed", func(t *testing.T) {
		r := p.With(t).On(d)
		r.RanAll()
		shows(r, "COPY source.txt", "RUN tr", "COPY --from=upper", "COPY --from=0", "COPY --from=busybox")
		r.Holds(scenario.Files{"/result": "HELLO", "/again": "HELLO", "/left-behind": scenario.Absent, "/source.txt": scenario.Absent})
		if n := len(r.Image.Manifest.Layers); n != 3 {
			t.Errorf("the image has %d layers, not one for each COPY", n)
		}
	})
	t.Run("target", func(t *testing.T) {
		p := p.With(t)
		unused := p.On(d, target("unused"))
		unused.Ran("RUN echo unused")
		shows(unused, "RUN echo unused")
		upper := p.On(d, target("upper"))
		upper.Ran()
		upper.Holds(scenario.Files{"/left-behind": "scratch"})
	})
	t.Run("the same result", func(t *testing.T) {
		p := p.With(t)
		p.Write("source.txt", "Hello\n")
		r := p.On(d)
		r.Ran("COPY source.txt", "RUN tr")
		r.Holds(scenario.Files{"/result": "HELLO"})
		p.Write("source.txt", "bye\n")
		r = p.On(d)
		r.Ran("COPY source.txt", "RUN tr", "COPY --from=upper", "COPY --from=0", "COPY --from=busybox")
		r.Holds(scenario.Files{"/result": "BYE"})
	})
	t.Run("side by side", func(t *testing.T) {
		// Each of the two stages waits until the other one has started.
		r := project(t, 1, nil).On(d)
		r.RanAll()
		r.Holds(scenario.Files{"/left": "left", "/right": "right"})
	})
}
