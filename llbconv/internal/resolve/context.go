package resolve

import (
	"context"

	"github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/source"
)

// contextQuestion asks for a named context. Each stage reads it for itself.
type contextQuestion struct {
	source.NamedContext
	// replaces is the stage that the context stands for as a whole; nil where
	// it stands for a base image of a platform.
	replaces *plan.Stage
	platform ocispecs.Platform

	state *llb.State
	image *image.Config
	err   error
}

func (q *contextQuestion) shared() bool { return false }

func (q *contextQuestion) ask(ctx context.Context) {
	defer guard.Recover(&q.err)
	q.state, q.image, q.err = q.Load(ctx)
}

func (q *contextQuestion) answer() (*Base, error) {
	switch {
	case q.err != nil:
		return nil, q.err
	case q.replaces != nil:
		return q.whole(), nil
	}
	if q.image == nil {
		empty := image.Empty(q.platform)
		q.image = &empty
	}
	base := &Base{State: q.state.Platform(q.platform), Config: *q.image, Original: q.image, Platform: &q.platform}
	base.Config.Created = nil
	return base, nil
}

func (q *contextQuestion) whole() *Base {
	base := &Base{State: *q.state, Platform: q.replaces.Flag, Whole: true}
	if q.image != nil {
		base.Config = *q.image
		base.Config.Created = nil
		if p := image.Platform(*q.image); p != nil {
			base.Platform = p
		}
	}
	return base
}
