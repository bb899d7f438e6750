package caching

import (
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestNothingChanged(t *testing.T) {
	d := scenario.Fresh(t)
	p := project(t, 0, scenario.Files{"app.txt": "hello\n"})
	first := p.On(d)
	first.RanAll()
	first.Holds(scenario.Files{"/app/copy.txt": "hello"})

	second := p.On(d)
	second.Ran()
	shows(second, "WORKDIR /app", "COPY app.txt .", "RUN cp app.txt copy.txt")
	second.SameImage(first)
}
