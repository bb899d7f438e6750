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
}

func (r *imageRequest) isShared() bool { return true }

func (r *imageRequest) ask(ctx context.Context) (_ *Base, err error) {
	defer guard.Recover(&err)
	answer, dgst, dt, err := r.lookUp(ctx)
	var found string
	if err == nil {
		found, err = r.pinned(answer, dgst)
	}
	if err != nil {
		return nil, r.graph.SuggestName(fmt.Errorf("%s: %w", r.stage.From.Name, withPlatform(err, r.platform)), r.stage.From.Name)
	}
	return r.base(Image{r.name, found, answer}, dt)
}

// lookUp returns the name, the digest and the config of the image.
func (r *imageRequest) lookUp(ctx context.Context) (found string, _ digest.Digest, config []byte, err error) {
	defer guard.Recover(&err)
	prefix := "[internal]"
	if r.options.MultiPlatform {
		prefix = "[" + platforms.FormatAll(r.platform) + " internal]"
	}
	return r.options.Images.ResolveImageConfig(ctx, r.name, sourceresolver.Opt{
		LogName: prefix + " load metadata for " + r.name,
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &r.platform,
			ResolveMode: r.options.ResolveMode.String(),
		},
	})
}

// base returns the base of an image and its config.
func (r *imageRequest) base(img Image, dt []byte) (*Base, error) {
	var config image.Config
	if err := json.Unmarshal(dt, &config); err != nil {
		return nil, fmt.Errorf("failed to parse image config of %s: %w", r.name, err)
	}
	platform := r.platform
	if r.stage.From.Platform == nil && r.options.Platforms.Implicit {
		platform = detectPlatform(config, platform, r.options.Platforms.Build)
	}
	base := &Base{Ref: img.Found, Image: &img, Config: config, Original: &config, Platform: &platform}
	base.Config.Created = nil
	if hasNoLayer(config) {
		base.Ref = ""
		base.Content.State = llb.Scratch()
	}
	return base, nil
}

// pinned returns the name of an image with its digest. A source policy of the
// daemon can have replaced the image. If it did not, the name is known to be valid.
func (r *imageRequest) pinned(found string, dgst digest.Digest) (string, error) {
	if found == r.name && !strings.Contains(found, "@") && isSHA256(dgst) {
		return found + "@" + dgst.String(), nil
	}
	ref, err := reference.ParseNormalizedNamed(found)
	if err != nil {
		return "", fmt.Errorf("failed to parse ref %q: %w", found, err)
	}
	if dgst == "" {
		return ref.String(), nil
	}
	canonical, err := reference.WithDigest(ref, dgst)
	if err != nil {
		return "", err
	}
	return canonical.String(), nil
}

// isSHA256 reports whether a digest is a valid one of the usual algorithm. Package
// digest uses a regular expression, which takes as long as the rest of pinned.
func isSHA256(d digest.Digest) bool {
	hex, ok := strings.CutPrefix(string(d), "sha256:")
	return ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}

// withPlatform adds the platform to the error about an image that has no match for
// it. The error of the daemon does not name the platform.
func withPlatform(err error, platform ocispecs.Platform) error {
	if !strings.Contains(err.Error(), "no match for platform in manifest") {
		return err
	}
	return diag.WithHint(err, "the image does not exist for %s; build for a platform that it has, or select one with FROM --platform=...",
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
