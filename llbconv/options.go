package llbconv

import (
	"context"
	"fmt"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// A File is a parsed Dockerfile. It is never changed and serves any number of
// conversions at once.
type File struct {
	// Text is what was parsed.
	Text   []byte
	syntax *syntax.File
}

// Parse reads a Dockerfile. check is the lint configuration of the client, nil
// where the file's own check directive holds. The list holds all warnings and
// errors; the file is nil when there are errors.
func Parse(text []byte, check *linter.Config) (*File, diag.List) {
	f, diags := syntax.Parse(text, check)
	if f == nil {
		return nil, diags
	}
	return &File{Text: text, syntax: f}, diags
}

// Exec holds what applies to every command that a build runs.
type Exec struct {
	Network    pb.NetMode
	Hostname   string
	ExtraHosts []llb.HostIP
	// ShmSize is the size of /dev/shm in bytes; 0 is the builder's default.
	ShmSize      int64
	Ulimits      []*pb.Ulimit
	Devices      []*pb.CDIDevice
	CgroupParent string
	Resources    *pb.LinuxResources
	// Proxy is set from the build args HTTP_PROXY and so on, where they are given.
	Proxy *llb.ProxyEnv
}

// CachePolicy decides, besides its inputs, whether the result of a step may be
// reused.
type CachePolicy struct {
	// Now is the time of the build, by which --cache-ttl counts.
	Now time.Time
	// BuildID is different for every build. It makes --no-cache run a step again.
	BuildID string
	// KeepCacheMounts makes a build without cache keep the content of cache
	// mounts.
	KeepCacheMounts bool
}

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
	// NoCache tells whether the steps of a stage ignore the cache. The name is
	// empty for stages without one. Nil is never.
	NoCache func(stage string) bool
	// ResolveMode says when a registry is asked for an image.
	ResolveMode llb.ResolveMode
	// CacheNamespace is put before the ids of cache mounts.
	CacheNamespace string
	// GitAdvice asks the builder to look at Git sources without a checkout.
	GitAdvice bool
	Exec      Exec
	// CachePolicy is what the flags --no-cache and --cache-ttl go by. Both need it.
	CachePolicy CachePolicy
	// Caps are the LLB capabilities of the builder. Nil is none that is
	// optional.
	Caps *apicaps.CapSet
	// SourceMap makes ops point at the lines that they come from; may be nil.
	SourceMap *llb.SourceMap
	// MaxGraph is the size in bytes above which Marshal gives up with an error
	// that says what makes the graph large; 0 is no limit.
	MaxGraph int
	// Advice puts the findings of all checks of package advice into the result, also
	// of those that are not on.
	Advice bool
	// NoLint leaves the lint rules out, and with them the error of a file that
	// does not allow warnings.
	NoLint bool
}

// validate returns an error for options that no conversion can follow.
func (o Options) validate() error {
	if o.MaxGraph < 0 {
		return fmt.Errorf("Options.MaxGraph is %d: a graph cannot have fewer bytes than none", o.MaxGraph)
	}
	return nil
}

// Sources answer what a conversion has to ask for. Contexts may be nil: then
// the main context is the local directory "context", and there are no named
// ones.
type Sources struct {
	Images   source.Images
	Contexts source.Contexts
	// Files lists the files of the main context that advice.Patterns matches. It is
	// called at most once, where a check of package advice needs it. It may be nil.
	Files func(context.Context) (advice.Files, error)
}

// A Result is a converted Dockerfile.
type Result struct {
	// Image is the target's config; Base is that of the image it stands on,
	// nil where there is none.
	Image, Base *dockerspec.DockerOCIImage
	// Epoch is SOURCE_DATE_EPOCH, nil where it is not set.
	Epoch *time.Time
	// Advice is what Options.Advice asks for.
	Advice []advice.Finding

	file     *File
	inputs   inputs
	stages   []*lower.Stage // by index
	maxGraph int
	defaults []llb.ConstraintsOpt
	// constraints are the defaults; the ops remember what they are encoded as under
	// these very constraints.
	constraints *llb.Constraints
}

// Marshal returns the LLB of the target's filesystem. The same input gives the
// same bytes.
func (r *Result) Marshal(ctx context.Context) (*pb.Definition, error) {
	return ops.Definition(ctx, r.target().Root, r.maxGraph, r.constraints)
}

// State returns the target's filesystem, to build on with package llb. Marshalled
// by that package, its ops are the same as those of Marshal.
func (r *Result) State() llb.State {
	return llb.NewState(r.target().Root).SetMarshalDefaults(r.defaults...)
}

func (r *Result) target() lower.State { return r.stages[r.inputs.graph.Target.Index].State }
