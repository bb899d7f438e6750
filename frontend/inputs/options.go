package inputs

import (
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv"
)

// Options is what the client asked for, for one platform; nil is the default
// one. sm is the Dockerfile that ops point at.
func Options(ui *dockerui.Client, sm *llb.SourceMap, platform *ocispecs.Platform) llbconv.Options {
	cfg := ui.Config
	caps := ui.BuildOpts().LLBCaps
	return llbconv.Options{
		Target:         cfg.Target,
		Platform:       platform,
		BuildPlatforms: cfg.BuildPlatforms,
		MultiPlatform:  cfg.MultiPlatformRequested,
		BuildArgs:      cfg.BuildArgs,
		Labels:         cfg.Labels,
		NoCache:        ui.IsNoCache,
		ResolveMode:    cfg.ImageResolveMode,
		CacheNamespace: cfg.CacheIDNamespace,
		GitAdvice:      cfg.GitAdvice,
		Caps:           &caps,
		SourceMap:      sm,
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

// Sources answer a conversion from the client's gateway.
func Sources(ui *dockerui.Client) llbconv.Sources {
	return llbconv.Sources{Images: ui.GatewayClient(), Contexts: &Contexts{client: ui}}
}
