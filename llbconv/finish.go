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
)

// finish is the last pass: it makes the config of the image.
func (c *conversion) finish(in inputs, lowered lower.Lowered) (*Result, error) {
	target := lowered.Stages[in.graph.Target.Index].State
	img := image.Clone(target.Image)
	if len(c.options.Labels) > 0 && img.Config.Labels == nil {
		img.Config.Labels = map[string]string{}
	}
	maps.Copy(img.Config.Labels, c.options.Labels)
	img = c.withPlatform(img)

	if err := c.lintError(); err != nil {
		return nil, err
	}
	defaults := c.marshalDefaults()
	return &Result{
		Image:    &img,
		Base:     target.BaseImage,
		Epoch:    in.epoch.time,
		file:     c.file,
		inputs:   in,
		lowered:  lowered,
		maxGraph: c.options.Daemon.MaxGraph,
		defaults: defaults,

		constraints: llb.NewConstraints(defaults...),
	}, nil
}

// withPlatform returns a config with the target platform. The variant and the OS
// version of the base image stay if its architecture is the same.
func (c *conversion) withPlatform(img image.Config) image.Config {
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
	return img
}

func (c *conversion) marshalDefaults() []llb.ConstraintsOpt {
	opts := []llb.ConstraintsOpt{llb.Platform(c.platforms.Target)}
	if caps := c.options.Daemon.Caps; caps != nil {
		opts = append(opts, llb.WithCaps(*caps))
	}
	return opts
}

// proxyFromArgs returns the proxy variables among the build args, nil if there
// are none. They are not part of a cache key.
func proxyFromArgs(args map[string]string) *llb.ProxyEnv {
	if len(args) == 0 {
		return nil
	}
	var proxy llb.ProxyEnv
	fields := map[string]*string{
		"http_proxy":  &proxy.HTTPProxy,
		"https_proxy": &proxy.HTTPSProxy,
		"ftp_proxy":   &proxy.FTPProxy,
		"no_proxy":    &proxy.NoProxy,
		"all_proxy":   &proxy.AllProxy,
	}
	set := false
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if field := fields[strings.ToLower(name)]; field != nil {
			*field, set = args[name], true
		}
	}
	if !set {
		return nil
	}
	return &proxy
}

// lintError is the error of a build that treats warnings as errors. It counts
// the rules that the parser and the conversion warned of.
func (c *conversion) lintError() error {
	check := c.check()
	if check == nil || !check.ReturnAsError {
		return nil
	}
	rules := slices.Clone(c.file.syntax.Violated)
	for _, d := range c.found.List() {
		if d.Kind.Rule {
			rules = append(rules, d.Kind.Code)
		}
	}
	slices.Sort(rules)
	rules = slices.Compact(rules)
	if len(rules) == 0 {
		return nil
	}
	return fmt.Errorf("lint violation found for rules: %s", strings.Join(rules, ", "))
}
