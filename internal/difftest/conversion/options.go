package conversion

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
)

// Sources answer a conversion from the gateway's case.
func Sources(gw *difftest.Gateway) llbconv.Sources {
	return llbconv.Sources{Images: gw, Contexts: gw.Contexts()}
}

// CaseOptions are the options of a case for one platform.
type CaseOptions struct {
	llbconv.Options
	// Check is the lint configuration, nil if the case has none.
	Check *linter.Config
}

// Options reads the options of the gateway's case. Cases for llbconv alone use no other options.
func Options(gw *difftest.Gateway, platform *ocispecs.Platform) (CaseOptions, error) {
	c := gw.Case()
	request, in := gw.BuildOpts(), c.Options
	policy := Policy
	policy.NoCache = noCache(in.NoCache)
	opt := CaseOptions{Options: llbconv.Options{
		Target: in.Target,
		Platforms: llbconv.Platforms{
			Target:        platform,
			Build:         request.Workers[0].Platforms,
			MultiPlatform: len(c.Platforms()) > 1,
		},
		BuildArgs:   in.BuildArgs,
		Labels:      in.Labels,
		SourceMap:   llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", c.Dockerfile),
		CachePolicy: policy,
		Daemon:      llbconv.Daemon{Caps: &request.LLBCaps, CacheNamespace: in.CacheNS},
	}}
	var err error
	if opt.Exec, err = exec(in); err != nil {
		return opt, err
	}
	if in.Check != nil {
		opt.Check, err = linter.ParseLintOptions(*in.Check)
	}
	return opt, err
}

// noCache returns the function that tells llbconv which stages ignore the cache.
func noCache(stages []string) func(string) bool {
	if stages == nil {
		return nil
	}
	return func(name string) bool {
		return len(stages) == 0 || slices.ContainsFunc(stages, func(s string) bool { return strings.EqualFold(s, name) })
	}
}

func exec(in difftest.Options) (x llbconv.Exec, err error) {
	x.Hostname, x.CgroupParent = in.Hostname, in.CgroupParent
	if in.NetworkMode == "host" {
		x.Network = pb.NetMode_HOST
	}
	if in.ShmSize != "" {
		if x.ShmSize, err = strconv.ParseInt(in.ShmSize, 10, 64); err != nil {
			return x, err
		}
	}
	for _, text := range in.ExtraHosts {
		name, ip, _ := strings.Cut(text, "=")
		x.ExtraHosts = append(x.ExtraHosts, llb.HostIP{Host: name, IP: net.ParseIP(ip)})
	}
	for _, text := range in.Ulimits {
		name, values, _ := strings.Cut(text, "=")
		limit := &pb.Ulimit{Name: name}
		if _, err = fmt.Sscanf(values, "%d:%d", &limit.Soft, &limit.Hard); err != nil {
			return x, err
		}
		x.Ulimits = append(x.Ulimits, limit)
	}
	return x, nil
}
