package llbconv

import (
	"context"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// A Result is a converted Dockerfile.
type Result struct {
	// Image is the config of the image.
	Image *dockerspec.DockerOCIImage
	// Base is the config of the base image that the target begins with, nil if it
	// begins with none.
	Base *dockerspec.DockerOCIImage
	// Epoch is SOURCE_DATE_EPOCH, nil if it is not set.
	Epoch *time.Time
	// Advice holds the findings that Options.Checks.Advice asks for.
	Advice []advice.Finding

	file     *File
	inputs   inputs
	lowered  lower.Lowered
	maxGraph int
	defaults []llb.ConstraintsOpt
	// constraints are made of the defaults. Ops remember their encoding for
	// these constraints.
	constraints *llb.Constraints
}

// Marshal returns the LLB of the target's filesystem, for the Definition of a
// solve request. The same input gives the same bytes.
func (r *Result) Marshal(ctx context.Context) (*pb.Definition, error) {
	return ops.Definition(ctx, r.target().Root, r.maxGraph, r.constraints)
}

// State returns the target's filesystem, for further operations of package llb.
// Its own Marshal gives the same ops as that of the result.
func (r *Result) State() llb.State {
	return llb.NewState(r.target().Root).SetMarshalDefaults(r.defaults...)
}

func (r *Result) target() lower.State { return r.lowered.Stages[r.inputs.graph.Target.Index].State }
