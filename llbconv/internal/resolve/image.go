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
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// fromImage is a base image that a registry has.
func (r resolver) fromImage(ctx context.Context, s *plan.Stage, ref reference.Named, platform ocispecs.Platform) (*Base, error) {
	pinned, config, err := r.ask(ctx, ref, platform)
	if err != nil {
		return nil, r.SuggestName(fmt.Errorf("%s: %w", s.From, withPlatform(err, platform)), s.From)
	}
	var img image.Config
	if err := json.Unmarshal(config, &img); err != nil {
		return nil, fmt.Errorf("failed to parse image config of %s: %w", ref, err)
	}
	original := img
	img.Created = nil
	if s.Flag == nil && r.Platforms.Implicit {
		platform = detectPlatform(img, platform, r.Platforms.Build)
	}
	base := &Base{Ref: pinned, Config: img, Original: &original, Platform: &platform}
	if hasNoLayer(img) {
		base.Ref = ""
		base.State = llb.Scratch()
	}
	return base, nil
}

// withPlatform says which platform an image was not found for. The builder only
// says that there is none that matches.
func withPlatform(err error, platform ocispecs.Platform) error {
	if !strings.Contains(err.Error(), "no match for platform in manifest") {
		return err
	}
	return fmt.Errorf("%w (the image has none for %s; build for one that it has, or write FROM --platform=... to take that)",
		err, platforms.FormatAll(platform))
}

// ask resolves an image to a reference with its digest, and its config.
func (r resolver) ask(ctx context.Context, ref reference.Named, platform ocispecs.Platform) (pinned string, config []byte, err error) {
	name := ref.String()
	prefix := "[internal]"
	if r.MultiPlatform {
		prefix = "[" + platforms.FormatAll(platform) + " internal]"
	}
	found, dgst, config, err := r.Images.ResolveImageConfig(ctx, name, sourceresolver.Opt{
		LogName: fmt.Sprintf("%s load metadata for %s", prefix, name),
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &platform,
			ResolveMode: r.ResolveMode.String(),
		},
	})
	if err != nil {
		return "", nil, err
	}
	if found != name { // a source policy of the builder names another one
		if ref, err = reference.ParseNormalizedNamed(found); err != nil {
			return "", nil, fmt.Errorf("failed to parse ref %q: %w", found, err)
		}
	}
	if dgst != "" {
		if ref, err = reference.WithDigest(ref, dgst); err != nil {
			return "", nil, err
		}
	}
	return ref.String(), config, nil
}

// detectPlatform takes the platform of the image where the client asked for
// none and the builder supports it.
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

// hasNoLayer tells an image without any layer. Images of manifest schema 1
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
