// Package prefetch wraps a gateway client so that each question is asked once,
// and as early as possible. A build asks for a dozen things before it can be
// solved, and each answer takes a while to come. The files of a source are read
// as soon as the source is solved; a later question for the same finds the
// answer, or waits for it. The answers are the same as without the wrapper.
package prefetch

import (
	"context"
	"encoding/json"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	digest "github.com/opencontainers/go-digest"
)

// Client is a gateway client for one request. It remembers image configs,
// frontend inputs, and the files of sources.
type Client struct {
	client.Client
	ctx    context.Context // of the request: an answer serves every caller
	cancel context.CancelFunc

	images  memo[image]
	inputs  memo[map[string]llb.State]
	sources memo[*client.Result]
	ignores ignoreFiles
}

type image struct {
	ref    string
	digest digest.Digest
	config []byte
}

// New wraps a client for a request that ends with ctx, or when the client is
// closed.
func New(ctx context.Context, c client.Client) *Client {
	ctx, cancel := context.WithCancel(ctx)
	return &Client{Client: c, ctx: ctx, cancel: cancel}
}

// Close ends the questions that are still open. Solved results stay.
func (c *Client) Close() { c.cancel() }

// ResolveImageConfig resolves ref, or returns what an earlier call with the
// same arguments got.
func (c *Client) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	key, err := imageKey(ref, opt)
	if err != nil {
		return "", "", nil, err
	}
	img, err := c.images.do(ctx, key, func() (img image, err error) {
		img.ref, img.digest, img.config, err = c.Client.ResolveImageConfig(c.ctx, ref, opt)
		return img, err
	})
	if err != nil {
		return "", "", nil, err
	}
	return img.ref, img.digest, img.config, nil
}

// imageKey is the same for the same question about an image, whose values it
// holds: pointers make no difference.
func imageKey(ref string, opt sourceresolver.Opt) (string, error) {
	key, err := json.Marshal(struct {
		Ref string
		Opt sourceresolver.Opt
	}{ref, opt})
	return string(key), err
}

// Inputs returns the frontend inputs.
func (c *Client) Inputs(ctx context.Context) (map[string]llb.State, error) {
	return c.inputs.do(ctx, "", func() (map[string]llb.State, error) {
		return c.Client.Inputs(c.ctx)
	})
}
