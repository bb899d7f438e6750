package difftest

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Options is what options.json holds: the options of BuildKit's Dockerfile frontend, and what the gateway answers.
// testdata/corpus/README.md describes every field.
type Options struct {
	// Name and Variants: see withVariants.
	Name     string            `json:"name,omitempty"`
	Variants []json.RawMessage `json:"variants,omitempty"`

	// Differs says why Strata's result differs from the reference's. Unstable says why the reference's own result varies.
	Differs  string `json:"differs,omitempty"`
	Unstable string `json:"unstable,omitempty"`

	Target        string   `json:"target,omitempty"`
	Platform      string   `json:"platform,omitempty"`
	Platforms     []string `json:"platforms,omitempty"`
	BuildPlatform string   `json:"buildPlatform,omitempty"`
	MultiPlatform *bool    `json:"multiPlatform,omitempty"`

	BuildArgs map[string]string `json:"buildArgs,omitempty"`
	Labels    map[string]string `json:"labels,omitempty"`
	// NoCache: nil means the cache is used, empty that no stage uses it.
	NoCache          []string `json:"noCache,omitempty"`
	ImageResolveMode string   `json:"imageResolveMode,omitempty"`
	CacheNS          string   `json:"cacheNS,omitempty"`
	Check            *string  `json:"check,omitempty"`

	Hostname     string   `json:"hostname,omitempty"`
	ExtraHosts   []string `json:"extraHosts,omitempty"`
	ShmSize      string   `json:"shmSize,omitempty"`
	Ulimits      []string `json:"ulimits,omitempty"`
	NetworkMode  string   `json:"networkMode,omitempty"`
	CgroupParent string   `json:"cgroupParent,omitempty"`
	Memory       string   `json:"memory,omitempty"`
	MemorySwap   string   `json:"memorySwap,omitempty"`
	CPUShares    string   `json:"cpuShares,omitempty"`
	CPUPeriod    string   `json:"cpuPeriod,omitempty"`
	CPUQuota     string   `json:"cpuQuota,omitempty"`
	CpusetCpus   string   `json:"cpusetCpus,omitempty"`
	CpusetMems   string   `json:"cpusetMems,omitempty"`

	// Lock is the text of Dockerfile.lock; nil means that there is none.
	Lock *string `json:"lock,omitempty"`
	// StoredAs is the name of the Dockerfile in its directory, if it is not the requested one.
	StoredAs string `json:"storedAs,omitempty"`
	// Context is the main context's URL; empty means the client's directory.
	Context       string            `json:"context,omitempty"`
	NamedContexts map[string]string `json:"namedContexts,omitempty"`
	// ContextIgnores: name of a local context -> its .dockerignore.
	ContextIgnores map[string]string `json:"contextIgnores,omitempty"`
	Inputs         map[string]Input  `json:"inputs,omitempty"`
	Dockerignore   *string           `json:"dockerignore,omitempty"`
	Images         map[string]Image  `json:"images,omitempty"`
	Git            map[string]Git    `json:"git,omitempty"`
	HTTP           map[string]HTTP   `json:"http,omitempty"`

	// Caps and GatewayCaps are capabilities that the daemon does not have.
	Caps        []string `json:"caps,omitempty"`
	GatewayCaps []string `json:"gatewayCaps,omitempty"`

	// NoCmdline leaves out the options of a frontend that a # syntax line names.
	NoCmdline bool `json:"noCmdline,omitempty"`
	// Opts are raw frontend options, for those without a field here.
	Opts map[string]string `json:"opts,omitempty"`
}

// Image is an image that the gateway can resolve.
type Image struct {
	// Config is the image config. Missing values for os, architecture and rootfs are filled in.
	Config json.RawMessage `json:"config,omitempty"`
	// Raw replaces Config, for a config that is not JSON.
	Raw string `json:"raw,omitempty"`
	// Error makes resolving fail.
	Error string `json:"error,omitempty"`
	// NoDigest makes the resolver give no digest.
	NoDigest bool `json:"noDigest,omitempty"`
	// ResolvedTo is the reference with which a source policy replaces this one.
	ResolvedTo string `json:"resolvedTo,omitempty"`
	// NonImage is the source, not an image, with which a source policy replaces this one.
	NonImage string `json:"nonImage,omitempty"`
}

// Input is a frontend input: the state of an image, with or without its config as metadata.
type Input struct {
	Image  string          `json:"image"`
	Config json.RawMessage `json:"config,omitempty"`
}

// Git describes a Git source.
type Git struct {
	// Commit is the time of the commit, as seconds.
	Commit int64  `json:"commit,omitempty"`
	Error  string `json:"error,omitempty"`
}

// HTTP describes a URL.
type HTTP struct {
	LastModified int64  `json:"lastModified,omitempty"`
	Error        string `json:"error,omitempty"`
	// Tar lists the files of an archive (name -> seconds); Body is the content if it is not an archive.
	Tar  map[string]int64 `json:"tar,omitempty"`
	Body string           `json:"body,omitempty"`
}

// targets lists the platforms asked for.
func (o Options) targets() []string {
	if len(o.Platforms) > 0 {
		return o.Platforms
	}
	if o.Platform != "" {
		return strings.Split(o.Platform, ",")
	}
	return nil
}

// buildPlatform is the platform of the daemon, linux/amd64 unless the case says otherwise.
func (o Options) buildPlatform() ocispecs.Platform {
	if o.BuildPlatform == "" {
		return ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	}
	return platforms.Normalize(platforms.MustParse(o.BuildPlatform))
}

// frontendOpts writes the options the way clients send them.
func (o Options) frontendOpts() map[string]string {
	opts := map[string]string{}
	if !o.NoCmdline {
		opts["cmdline"] = "difftest"
		opts["source"] = "difftest"
	}
	set := func(key, value string) {
		if value != "" {
			opts[key] = value
		}
	}
	set("target", o.Target)
	set("platform", strings.Join(o.targets(), ","))
	if o.MultiPlatform != nil {
		opts["multi-platform"] = map[bool]string{true: "true", false: "false"}[*o.MultiPlatform]
	}
	if o.NoCache != nil {
		opts["no-cache"] = strings.Join(o.NoCache, ",")
	}
	set("image-resolve-mode", o.ImageResolveMode)
	set("build-arg:BUILDKIT_CACHE_MOUNT_NS", o.CacheNS)
	if o.Check != nil {
		opts["build-arg:BUILDKIT_DOCKERFILE_CHECK"] = *o.Check
	}
	set("hostname", o.Hostname)
	set("add-hosts", strings.Join(o.ExtraHosts, ","))
	set("shm-size", o.ShmSize)
	set("ulimit", strings.Join(o.Ulimits, ","))
	set("force-network-mode", o.NetworkMode)
	set("cgroup-parent", o.CgroupParent)
	set("memory", o.Memory)
	set("memswap", o.MemorySwap)
	set("cpushares", o.CPUShares)
	set("cpuperiod", o.CPUPeriod)
	set("cpuquota", o.CPUQuota)
	set("cpusetcpus", o.CpusetCpus)
	set("cpusetmems", o.CpusetMems)
	set("context", o.Context)
	prefixed(opts, "build-arg:", o.BuildArgs)
	prefixed(opts, "label:", o.Labels)
	prefixed(opts, "context:", o.NamedContexts)
	for name, in := range o.Inputs {
		if in.Config != nil {
			opts["input-metadata:"+name] = inputMetadata(in.Config)
		}
	}
	maps.Copy(opts, o.Opts)
	return opts
}

func prefixed(opts map[string]string, prefix string, values map[string]string) {
	for k, v := range values {
		opts[prefix+k] = v
	}
}

// timeOf turns seconds into a time, zero into none.
func timeOf(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	t := time.Unix(seconds, 0).UTC()
	return &t
}
