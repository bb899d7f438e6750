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
	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// imageQuestion asks for an image that a registry has.
type imageQuestion struct {
	*resolver
	stage    *plan.Stage // the first that asks
	name     string
	platform ocispecs.Platform

	found  string
	digest digest.Digest
	config []byte
	err    error

	base   *Base
	failed error
}

func (q *imageQuestion) shared() bool { return true }

func (q *imageQuestion) ask(ctx context.Context) {
	defer guard.Recover(&q.err)
	prefix := "[internal]"
	if q.MultiPlatform {
		prefix = "[" + platforms.FormatAll(q.platform) + " internal]"
	}
	q.found, q.digest, q.config, q.err = q.Images.ResolveImageConfig(ctx, q.name, sourceresolver.Opt{
		LogName: prefix + " load metadata for " + q.name,
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &q.platform,
			ResolveMode: q.ResolveMode.String(),
		},
	})
}

func (q *imageQuestion) answer() (*Base, error) {
	if q.base == nil && q.failed == nil {
		q.base, q.failed = q.read()
	}
	return q.base, q.failed
}

// read makes the base of what was answered.
func (q *imageQuestion) read() (*Base, error) {
	pinned, err := q.pinned()
	if err != nil {
		return nil, q.SuggestName(fmt.Errorf("%s: %w", q.stage.From, withPlatform(err, q.platform)), q.stage.From)
	}
	var img image.Config
	if err := json.Unmarshal(q.config, &img); err != nil {
		return nil, fmt.Errorf("failed to parse image config of %s: %w", q.name, err)
	}
	platform := q.platform
	if q.stage.Flag == nil && q.Platforms.Implicit {
		platform = detectPlatform(img, platform, q.Platforms.Build)
	}
	base := &Base{Ref: pinned, Config: img, Original: &img, Platform: &platform}
	base.Config.Created = nil
	if hasNoLayer(img) {
		base.Ref = ""
		base.State = llb.Scratch()
	}
	return base, nil
}

// pinned is the image's name with the digest that was found.
func (q *imageQuestion) pinned() (string, error) {
	if q.err != nil {
		return "", q.err
	}
	if q.found == q.name && !strings.Contains(q.name, "@") && q.digest != "" {
		return q.name + "@" + string(q.digest), q.digest.Validate()
	}
	ref, err := reference.ParseNormalizedNamed(q.found) // a source policy of the builder can name another one
	if err != nil {
		return "", fmt.Errorf("failed to parse ref %q: %w", q.found, err)
	}
	if q.digest == "" {
		return ref.String(), nil
	}
	canonical, err := reference.WithDigest(ref, q.digest)
	if err != nil {
		return "", err
	}
	return canonical.String(), nil
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
