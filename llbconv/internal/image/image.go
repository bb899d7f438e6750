// Package image works on image configs: the empty config, copies, and lines of
// history.
package image

import (
	"maps"
	"slices"
	"time"

	"github.com/moby/buildkit/util/system"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Config is an image config with Docker's extensions.
type Config = dockerspec.DockerOCIImage

// Empty is the config of scratch for a platform.
func Empty(p ocispecs.Platform) Config {
	var img Config
	img.Platform = ocispecs.Platform{
		Architecture: p.Architecture,
		OS:           p.OS,
		OSVersion:    p.OSVersion,
		OSFeatures:   slices.Clone(p.OSFeatures),
		Variant:      p.Variant,
	}
	img.RootFS.Type = "layers"
	img.Config.WorkingDir = "/"
	if p.OS != "windows" { // Windows has its own PATH
		img.Config.Env = []string{"PATH=" + system.DefaultPathEnv(p.OS)}
	}
	return img
}

// Clone returns a copy. It shares only the parts that a conversion does not
// change.
func Clone(src Config) Config {
	img := src
	c := &img.Config
	c.Env = slices.Clone(c.Env)
	c.Cmd = slices.Clone(c.Cmd)
	c.Entrypoint = slices.Clone(c.Entrypoint)
	c.OnBuild = slices.Clone(c.OnBuild)
	c.Shell = slices.Clone(c.Shell)
	c.ExposedPorts = maps.Clone(c.ExposedPorts)
	c.Volumes = maps.Clone(c.Volumes)
	c.Labels = maps.Clone(c.Labels)
	if c.Healthcheck != nil {
		check := *c.Healthcheck
		check.Test = slices.Clone(check.Test)
		c.Healthcheck = &check
	}
	img.History = slices.Clone(img.History)
	return img
}

// Platform returns the platform of a config, nil if it names none.
func Platform(img Config) *ocispecs.Platform {
	if img.OS == "" || img.Architecture == "" {
		return nil
	}
	p := img.Platform
	p.OSFeatures = slices.Clone(p.OSFeatures)
	return &p
}

// History returns a line of history. created is nil unless SOURCE_DATE_EPOCH is
// set.
func History(createdBy string, layer bool, created *time.Time) ocispecs.History {
	return ocispecs.History{
		CreatedBy:  createdBy,
		Comment:    "buildkit.dockerfile.v0",
		EmptyLayer: !layer,
		Created:    created,
	}
}
