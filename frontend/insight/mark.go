package insight

import (
	"cmp"
	"context"
	"path/filepath"

	"github.com/moby/buildkit/frontend/gateway/client"
)

// A Mark changes which steps of a recorded build count as unfinished.
type Mark struct {
	// Record is the name of the record, Build the ID of its build.
	Record string `json:"record"`
	Build  string `json:"build"`
	// Unfinished is the new value.
	Unfinished []int `json:"unfinished,omitempty"`
}

// mark changes a record, unless another build has replaced it.
func (m memory) mark(k Mark) error {
	name := filepath.Join(m.dir, filepath.FromSlash(k.Record))
	var b Build
	if err := readJSON(name, &b); err != nil || b.ID != k.Build {
		return err
	}
	b.Unfinished = k.Unfinished
	return m.writeJSON(name, b)
}

// mark has BuildKit change the record of a build. The process reads no build
// contexts.
func (c *Collection) mark(ctx context.Context, gateway client.Client, k Mark) error {
	image, err := ownImage(gateway)
	if err != nil {
		return err
	}
	run, err := c.helper(image, Request{Mark: &k}, []string{"mark", keyOf(k)})
	if err != nil {
		return err
	}
	def, err := run.Root().Marshal(ctx)
	if err != nil {
		return err
	}
	answer, err := ask(ctx, gateway, def)
	return cmp.Or(err, answer.failure())
}
