package resolve

import (
	"context"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/source"
)

// contextRequest asks for a named context. Each stage has its own request, as
// it limits the transfer to the files that it reads.
type contextRequest struct {
	context source.NamedContext
	// replaces is the stage that the context replaces, nil if it replaces a
	// base image for a platform.
	replaces *plan.Stage
	platform ocispecs.Platform

	content source.Content
	config  *image.Config
	err     error
}

func (r *contextRequest) isShared() bool { return false }

func (r *contextRequest) ask(ctx context.Context) {
	defer guard.Recover(&r.err)
	r.content, r.config, r.err = r.context.Load(ctx)
}

func (r *contextRequest) base() (*Base, error) {
	switch {
	case r.err != nil:
		return nil, r.err
	case r.replaces != nil:
		return r.stage(), nil
	}
	config := r.config
	if config == nil {
		empty := image.Empty(r.platform)
		config = &empty
	}
	base := &Base{Content: r.content, Config: *config, Original: config, Platform: &r.platform}
	base.Content.State = r.content.State.Platform(r.platform)
	base.Config.Created = nil
	return base, nil
}

// stage returns the base that replaces a stage.
func (r *contextRequest) stage() *Base {
	base := &Base{Content: r.content, Platform: r.replaces.PlatformFlag, ReplacesStage: true}
	if r.config != nil {
		base.Config = *r.config
		base.Config.Created = nil
		if p := image.Platform(*r.config); p != nil {
			base.Platform = p
		}
	}
	return base
}
