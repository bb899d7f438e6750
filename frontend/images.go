package frontend

import (
	"context"
	"encoding/json"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/flightcontrol"
	digest "github.com/opencontainers/go-digest"
)

// sharedImages asks for each image config once, however many stages and
// platforms want it at the same time.
type sharedImages struct {
	client.Client
	group flightcontrol.CachedGroup[resolvedImage]
}

func shareImages(c client.Client) *sharedImages {
	s := &sharedImages{Client: c}
	s.group.CacheError = true
	return s
}

type resolvedImage struct {
	ref    string
	digest digest.Digest
	config []byte
}

// ResolveImageConfig resolves ref, or returns what an earlier call with the
// same arguments got.
func (s *sharedImages) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	options, err := json.Marshal(opt)
	if err != nil {
		return "", "", nil, err
	}
	res, err := s.group.Do(ctx, ref+" "+string(options), func(ctx context.Context) (resolvedImage, error) {
		ref, dgst, config, err := s.Client.ResolveImageConfig(ctx, ref, opt)
		return resolvedImage{ref, dgst, config}, err
	})
	if err != nil {
		return "", "", nil, err
	}
	return res.ref, res.digest, res.config, nil
}
