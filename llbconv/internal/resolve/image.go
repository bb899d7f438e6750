package resolve

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// imageRequest asks for an image of a registry.
type imageRequest struct {
	graph    *plan.Graph
	stage    *plan.Stage // the first stage with this image
	options  Options
	name     string
	platform ocispecs.Platform

	found  string
	digest digest.Digest
	config []byte
	err    error
}

func (r *imageRequest) isShared() bool { return true }

func (r *imageRequest) ask(ctx context.Context) {
	defer guard.Recover(&r.err)
	prefix := "[internal]"
	if r.options.MultiPlatform {
		prefix = "[" + platforms.FormatAll(r.platform) + " internal]"
	}
	r.found, r.digest, r.config, r.err = r.options.Images.ResolveImageConfig(ctx, r.name, sourceresolver.Opt{
		LogName: prefix + " load metadata for " + r.name,
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &r.platform,
			ResolveMode: r.options.ResolveMode.String(),
		},
	})
}

func (r *imageRequest) base() (*Base, error) {
	pinned, err := r.pinned()
	if err != nil {
		return nil, r.graph.SuggestName(fmt.Errorf("%s: %w", r.stage.BaseName, withPlatform(err, r.platform)), r.stage.BaseName)
	}
	var config image.Config
	if err := json.Unmarshal(r.config, &config); err != nil {
		return nil, fmt.Errorf("failed to parse image config of %s: %w", r.name, err)
	}
	platform := r.platform
	if r.stage.PlatformFlag == nil && r.options.Platforms.Implicit {
		platform = detectPlatform(config, platform, r.options.Platforms.Build)
	}
	base := &Base{Ref: pinned, Image: &Image{r.name, pinned}, Config: config, Original: &config, Platform: &platform}
	base.Config.Created = nil
	if hasNoLayer(config) {
		base.Ref = ""
		base.Content.State = llb.Scratch()
	}
	return base, nil
}

// pinned is the name of the image with its digest.
func (r *imageRequest) pinned() (string, error) {
	if r.err != nil {
		return "", r.err
	}
	ref, err := reference.ParseNormalizedNamed(r.found) // a source policy of the daemon can replace the image
	if err != nil {
		return "", fmt.Errorf("failed to parse ref %q: %w", r.found, err)
	}
	if r.digest == "" {
		return ref.String(), nil
	}
	canonical, err := reference.WithDigest(ref, r.digest)
	if err != nil {
		return "", err
	}
	return canonical.String(), nil
}

// withPlatform adds the platform to the error about an image that has no match for
// it. The error of the daemon does not name the platform.
func withPlatform(err error, platform ocispecs.Platform) error {
	if !strings.Contains(err.Error(), "no match for platform in manifest") {
		return err
	}
	return diag.WithHint(err, "the image has none for %s; build for one that it has, or write FROM --platform=... to take that",
		platforms.FormatAll(platform))
}

// detectPlatform returns the platform of the image if the daemon supports it, else
// the target. The client named no platform.
func detectPlatform(img image.Config, target ocispecs.Platform, supported []ocispecs.Platform) ocispecs.Platform {
	same := func(p ocispecs.Platform) bool { return p.OS == img.OS && p.Architecture == img.Architecture }
	if same(target) {
		return target
	}
	for _, p := range supported {
		if same(p) {
			return p
		}
	}
	return target
}

// hasNoLayer reports whether an image has no layer. Images of manifest schema 1
// list no layers, but have a history.
func hasNoLayer(img image.Config) bool {
	if len(img.RootFS.DiffIDs) > 0 {
		return false
	}
	for _, h := range img.History {
		if !h.EmptyLayer {
			return false
		}
	}
	return true
}
