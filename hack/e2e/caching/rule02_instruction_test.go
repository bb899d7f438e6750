package caching

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestAChangedInstruction(t *testing.T) {
	d := scenario.Fresh(t)
	p := project(t, 0, nil)
	p.On(d).RanAll()

	p.Edit("echo two", "echo deux")
	changed := p.On(d)
	changed.Ran("RUN echo deux", "RUN echo three", "COPY --from=other")
	changed.Holds(scenario.Files{"/one": "one", "/two": "deux", "/three": "three", "/other": "other"})

	p.Edit("echo other", "echo another")
	changed = p.On(d)
	changed.Ran("RUN echo another", "COPY --from=other")
	changed.Holds(scenario.Files{"/two": "deux", "/other": "another"})

	p.Edit("RUN echo one", "# A comment is not an instruction.\nRUN  echo one")
	p.On(d).Ran()

	p.Edit("RUN echo three", "RUN echo new > /new\nRUN echo three")
	changed = p.On(d)
	changed.Ran("RUN echo new", "RUN echo three", "COPY --from=other")
	changed.Holds(scenario.Files{"/new": "new"})

	p.Edit("RUN echo new > /new\n", "")
	changed = p.On(d)
	changed.Ran()
	changed.Holds(scenario.Files{"/new": scenario.Absent})
}
