package llbconv

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"

	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// finish is the last pass: the target's image config.
func (c *conversion) finish(g *plan.Graph, results map[*plan.Stage]*lower.Result, mainContext llb.Output) (*Result, error) {
	target := results[g.Target]
	img := image.Clone(target.Image)
	if len(c.Labels) > 0 && img.Config.Labels == nil {
		img.Config.Labels = map[string]string{}
	}
	maps.Copy(img.Config.Labels, c.Labels)
	c.setPlatform(&img)

	if err := c.lintError(); err != nil {
		return nil, err
	}
	return &Result{
		Image:       &img,
		Base:        target.BaseImage,
		Epoch:       c.epoch,
		file:        c.File,
		graph:       g,
		stages:      results,
		mainContext: mainContext,
		maxGraph:    c.MaxGraph,
		defaults:    c.marshalDefaults(),
	}, nil
}

// setPlatform writes the platform that was asked for into the config. What the
// base image says of variant and version is kept where it is the same
// architecture.
func (c *conversion) setPlatform(img *image.Config) {
	if t := c.platforms.Target; !c.platforms.Implicit {
		same := t.OS == img.OS && t.Architecture == img.Architecture
		img.OS, img.Architecture = t.OS, t.Architecture
		if t.Variant != "" || !same {
			img.Variant = t.Variant
		}
		if t.OSVersion != "" || !same {
			img.OSVersion = t.OSVersion
		}
		if t.OSFeatures != nil {
			img.OSFeatures = slices.Clone(t.OSFeatures)
		}
	}
	img.Platform = platforms.Normalize(img.Platform)
}

func (c *conversion) marshalDefaults() []llb.ConstraintsOpt {
	opts := []llb.ConstraintsOpt{llb.Platform(c.platforms.Target)}
	if c.Caps != nil {
		opts = append(opts, llb.WithCaps(*c.Caps))
	}
	return opts
}

// proxyFromArgs takes the proxy variables out of the build args. They reach
// the commands without being part of any cache key.
func proxyFromArgs(args map[string]string) *llb.ProxyEnv {
	var proxy llb.ProxyEnv
	set := false
	for _, name := range slices.Sorted(maps.Keys(args)) {
		field := map[string]*string{
			"http_proxy":  &proxy.HTTPProxy,
			"https_proxy": &proxy.HTTPSProxy,
			"ftp_proxy":   &proxy.FTPProxy,
			"no_proxy":    &proxy.NoProxy,
			"all_proxy":   &proxy.AllProxy,
		}[strings.ToLower(name)]
		if field != nil {
			*field, set = args[name], true
		}
	}
	if !set {
		return nil
	}
	return &proxy
}

// lintError is the error of a build that treats warnings as errors. The rules
// that the parse has warned of count as those of the conversion do.
func (c *conversion) lintError() error {
	if !c.lint.ReturnAsError {
		return nil
	}
	rules := slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Violated, *c.lint.CalledRules))))
	if len(rules) == 0 {
		return nil
	}
	return fmt.Errorf("lint violation found for rules: %s", strings.Join(rules, ", "))
}
