package llbconv

import (
	"context"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/source"
)

// Exec holds the settings that all commands of RUN share. The zero value leaves
// everything to the daemon.
type Exec struct {
	// Network is the network that commands see, unless RUN --network says otherwise.
	Network pb.NetMode
	// Hostname is the host name that commands see.
	Hostname string
	// ExtraHosts are added to /etc/hosts.
	ExtraHosts []llb.HostIP
	// ShmSize is the size of /dev/shm in bytes; 0 is the daemon's default.
	ShmSize int64
	// Ulimits limit the resources of each process.
	Ulimits []*pb.Ulimit
	// Devices are CDI devices that every command gets, besides those of RUN --device.
	Devices []*pb.CDIDevice
	// CgroupParent is the control group under which commands run.
	CgroupParent string
	// Resources limit the memory and CPU of a command.
	Resources *pb.LinuxResources
	// Proxy holds proxy variables that commands see and that are not part of a cache
	// key. The build args HTTP_PROXY and the like replace it.
	Proxy *llb.ProxyEnv
}

// CachePolicy says which steps ignore the cache, and holds the facts of a build
// that Strata's flags about the cache use. A flag that uses a field that is not
// set is an error.
type CachePolicy struct {
	// NoCache reports whether the steps of a stage ignore the cache. The name is
	// empty for a stage without one. Nil stands for never.
	NoCache func(stage string) bool
	// Now is the time of the build, from which --cache-ttl counts.
	Now time.Time
	// BuildID differs in each build. --no-cache puts it into the cache key of its
	// step.
	BuildID string
	// KeepCacheMounts keeps the content of cache mounts in steps that ignore the
	// cache.
	KeepCacheMounts bool
}

// Platforms are the platforms that a conversion has to know. The zero value
// stands for the platform of this machine.
type Platforms struct {
	// Target is the platform to build for. If it is nil, it is the platform of the
	// base image if Build contains that, else the first of Build.
	Target *ocispecs.Platform
	// Build are the platforms of the daemon, the preferred one first. If it is nil, it
	// is Target, or the platform of this machine if Target is nil too.
	Build []ocispecs.Platform
	// MultiPlatform adds the platform to the names of steps. It is for a build of several
	// platforms, each of which is a conversion of its own.
	MultiPlatform bool
}

// Daemon describes the BuildKit daemon that is to solve the graph, and how it is
// to look up sources.
type Daemon struct {
	// Caps are its LLB capabilities. Nil stands for none of the optional ones.
	Caps *apicaps.CapSet
	// ResolveMode says when it asks a registry for an image that it has.
	ResolveMode llb.ResolveMode
	// CacheNamespace is a prefix of the ids of cache mounts.
	CacheNamespace string
	// GitAdvice makes Git print its advice in the log.
	GitAdvice bool
	// MaxGraph is the size in bytes of the largest graph that it takes. Marshal
	// returns an error for a larger one, which says what makes the graph large. 0 is
	// no limit.
	MaxGraph int
}

// Checks say which findings about the Dockerfile a conversion returns. The zero
// value returns the warnings of the lint rules and checks that are on.
type Checks struct {
	// Advice puts the findings of all checks of package advice into the result, even
	// of those that are not on.
	Advice bool
	// NoLint leaves out the lint rules, so that a file with # check=error=true does
	// not fail because of a warning.
	NoLint bool
}

// Options say what to convert a file to. The zero value builds the last stage
// for the platform of this machine.
type Options struct {
	// Target is the name of the stage to build, empty for the last one.
	Target string
	// AllStages converts every stage, not only those that the target needs.
	AllStages bool
	// Platforms are the platforms of the image and of the daemon.
	Platforms Platforms
	// BuildArgs are the values of ARGs by name.
	BuildArgs map[string]string
	// Labels are added to the image.
	Labels map[string]string
	// Exec holds the settings of all RUN commands.
	Exec Exec
	// CachePolicy says how steps use the cache.
	CachePolicy CachePolicy
	// Checks say which findings about the Dockerfile the result holds.
	Checks Checks
	// Daemon describes the daemon that is to solve the graph.
	Daemon Daemon
	// SourceMap is the Dockerfile that the ops refer to, for messages of the daemon;
	// nil leaves that out.
	SourceMap *llb.SourceMap
}

// Sources are the external inputs of a conversion.
type Sources struct {
	// Images looks up the configs of base images. If it is nil, a Dockerfile can
	// only start from scratch and from named contexts.
	Images source.Images
	// Contexts gives access to the build contexts. If it is nil, the main context
	// is the client's directory "context", and there are no named ones.
	Contexts source.Contexts
	// Files lists the files of the main context that advice.PatternsIn selects for
	// the directories dirs. It is called at most once, where a check of package advice
	// needs it. It may be nil.
	Files func(ctx context.Context, dirs []string) (advice.Files, error)
	// WholeContext is called if the conversion reads all files of the main context, before
	// it looks up images: their transfer can start. It must not wait. It may be nil.
	WholeContext func()
	// Lock pins sources that the Dockerfile does not pin; nil pins none.
	Lock source.Lock
}
