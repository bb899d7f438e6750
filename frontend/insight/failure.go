package insight

import (
	"errors"

	"github.com/moby/buildkit/solver/errdefs"
	digest "github.com/opencontainers/go-digest"
)

// unproven lists the steps that may not have run in a build that failed with an
// error: all but those that the failing step depends on. Without an error, these
// are all steps.
func (c *Collection) unproven(err error) []int {
	proven := map[int]bool{}
	var prove func(i int)
	prove = func(i int) {
		if i < 0 || proven[i] {
			return
		}
		proven[i] = true
		c.eachInput(i, prove)
	}
	var failed *errdefs.VertexError
	if errors.As(err, &failed) {
		for _, i := range c.vertices[digest.Digest(failed.Digest)] {
			c.eachInput(i, prove)
		}
	}
	var rest []int
	for i := range c.state.Steps {
		if !proven[i] {
			rest = append(rest, i)
		}
	}
	return rest
}

// eachInput calls f for each step that a step depends on.
func (c *Collection) eachInput(i int, f func(i int)) {
	f(c.state.Steps[i].Parent)
	for _, r := range c.state.Steps[i].Reads {
		f(r.Step)
	}
}
