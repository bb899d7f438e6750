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
}

func (r *contextRequest) isShared() bool { return false }

func (r *contextRequest) ask(ctx context.Context) (_ *Base, err error) {
	defer guard.Recover(&err)
	content, config, err := r.context.Load(ctx)
	if err != nil {
		return nil, err
	}
	if r.replaces != nil {
		return r.stage(content, config), nil
	}
	if config == nil {
		empty := image.Empty(r.platform)
		config = &empty
	}
	base := &Base{Content: content, Config: *config, Original: config, Platform: &r.platform}
	base.Content.State = content.State.Platform(r.platform)
	base.Config.Created = nil
	return base, nil
}

// stage returns the base that replaces a stage.
func (r *contextRequest) stage(content source.Content, config *image.Config) *Base {
	base := &Base{Content: content, Platform: r.replaces.From.Platform, ReplacesStage: true}
	if config != nil {
		base.Config = *config
		base.Config.Created = nil
		if p := image.Platform(*config); p != nil {
			base.Platform = p
		}
	}
	return base
}
