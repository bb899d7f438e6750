package lock

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv/source"
)

// Tolerant is a resolver for requests about the lock, which report an image that
// cannot be resolved beside the other sources. The conversion gets an empty config for
// such an image.
type Tolerant struct {
	From source.Images

	mu     sync.Mutex
	failed map[string]error // by identifier
}

// ResolveImageConfig resolves ref.
func (t *Tolerant) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	name, sum, config, err := t.From.ResolveImageConfig(ctx, ref, opt)
	if err == nil || ctx.Err() != nil {
		return name, sum, config, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed == nil {
		t.failed = map[string]error{}
	}
	t.failed[imageScheme+ref] = err
	var empty dockerspec.DockerOCIImage
	empty.Platform = *opt.ImageOpt.Platform
	config, err = json.Marshal(empty)
	return ref, "", config, err
}
