package request

import (
	"fmt"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv"
)

// cacheMountsArg is the build arg for the content of cache mounts in a build
// that ignores the cache.
const cacheMountsArg = "STRATA_CACHE_MOUNTS"

// CachePolicy returns the policy for a build that starts now. id differs in
// each build.
func CachePolicy(ui *dockerui.Client, now time.Time, id string) (llbconv.CachePolicy, error) {
	f := llbconv.CachePolicy{NoCache: ui.IsNoCache, Now: now, BuildID: id}
	switch v := ui.BuildArgs[cacheMountsArg]; v {
	case "":
	case "keep":
		f.KeepCacheMounts = true
	default:
		return f, fmt.Errorf("invalid build arg %s=%s (the only value is keep)", cacheMountsArg, v)
	}
	return f, nil
}

// Options returns the client's options for one platform, nil for the default.
// sm is the Dockerfile that ops refer to.
func Options(ui *dockerui.Client, sm *llb.SourceMap, platform *ocispecs.Platform, policy llbconv.CachePolicy) llbconv.Options {
	cfg := ui.Config
	caps := ui.BuildOpts().LLBCaps
	return llbconv.Options{
		Target:      cfg.Target,
		Platforms:   llbconv.Platforms{Target: platform, Build: cfg.BuildPlatforms, MultiPlatform: cfg.MultiPlatformRequested},
		BuildArgs:   cfg.BuildArgs,
		Labels:      cfg.Labels,
		SourceMap:   sm,
		CachePolicy: policy,
		Daemon: llbconv.Daemon{
			Caps:           &caps,
			ResolveMode:    cfg.ImageResolveMode,
			CacheNamespace: cfg.CacheIDNamespace,
			GitAdvice:      cfg.GitAdvice,
		},
		Exec: llbconv.Exec{
			Network:      cfg.NetworkMode,
			Hostname:     cfg.Hostname,
			ExtraHosts:   cfg.ExtraHosts,
			ShmSize:      cfg.ShmSize,
			Ulimits:      cfg.Ulimits,
			Devices:      cfg.Devices,
			CgroupParent: cfg.CgroupParent,
			Resources:    cfg.LinuxResources,
		},
	}
}
