package llbconv

import (
	"context"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// A File is a parsed Dockerfile. It is immutable and serves any number of
// conversions at once.
type File struct{ *syntax.File }

// Parse reads a Dockerfile. check is the lint configuration of the client, nil
// where the file's own check directive holds. The list holds all warnings and
// errors; the file is nil when there are errors.
func Parse(text []byte, check *linter.Config) (*File, *diag.List) {
	f, diags := syntax.Parse(text, check)
	if f == nil {
		return nil, diags
	}
	return &File{f}, diags
}

// Exec holds what applies to every command that a build runs.
type Exec = lower.Exec

// Freshness is what decides whether a result may be reused besides its inputs.
type Freshness = lower.Freshness

// Options say what to convert a file to. The zero value builds the last stage
// for the platform of this machine.
type Options struct {
	// Target names the stage to build; empty is the last one.
	Target string
	// AllStages converts every stage, not only those that the target needs.
	AllStages bool
	// Platform is what to build for; nil is the builder's own platform, or
	// that of the base image where the builder supports it.
	Platform *ocispecs.Platform
	// BuildPlatforms are the builder's platforms, the preferred one first.
	BuildPlatforms []ocispecs.Platform
	// MultiPlatform is set where the result is one of several platforms; it
	// shows in step names.
	MultiPlatform bool
	// BuildArgs are the values of ARGs, Labels are added to the image.
	BuildArgs, Labels map[string]string
	// NoCache tells whether the steps of a stage have to run anew. The name is
	// empty for stages without one. Nil is never.
	NoCache     func(stage string) bool
	ResolveMode llb.ResolveMode
	// CacheNamespace is put before the ids of cache mounts.
	CacheNamespace string
	// GitAdvice asks the builder to look at Git sources without a checkout.
	GitAdvice bool
	Exec      Exec
	// Freshness is what --no-cache and --cache-ttl go by. Both need it.
	Freshness Freshness
	// Caps are the LLB capabilities of the builder. Nil is none that is
	// optional.
	Caps *apicaps.CapSet
	// SourceMap makes ops point at the lines that they come from; may be nil.
	SourceMap *llb.SourceMap
	// MaxGraph is the size in bytes above which Marshal gives up with an error
	// that says what makes the graph large; 0 is no limit.
	MaxGraph int
	// NoLint leaves the lint rules out, and with them the error of a file that
	// does not allow warnings.
	NoLint bool
}

func (o Options) linter(f *File, diags *diag.List) *linter.Linter {
	if o.NoLint {
		return linter.New(&linter.Config{})
	}
	return diags.Linter(f.Check)
}

// Sources answer what a conversion has to ask for. Contexts may be nil: then
// the main context is the local directory "context", and there are no named
// ones.
type Sources struct {
	Images   source.Images
	Contexts source.Contexts
}

// A Result is a converted Dockerfile.
type Result struct {
	// Image is the target's config; Base is that of the image it stands on,
	// nil where there is none.
	Image, Base *dockerspec.DockerOCIImage
	// Epoch is SOURCE_DATE_EPOCH, nil where it is not set.
	Epoch *time.Time

	file        *File
	graph       *plan.Graph
	stages      map[*plan.Stage]*lower.Result
	mainContext llb.Output
	maxGraph    int
	defaults    []llb.ConstraintsOpt
}

// Marshal returns the LLB of the target's filesystem. The same input gives the
// same bytes.
func (r *Result) Marshal(ctx context.Context) (*pb.Definition, error) {
	return ops.Definition(ctx, r.stages[r.graph.Target].Root, r.maxGraph, r.defaults...)
}
