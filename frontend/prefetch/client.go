// Package prefetch wraps a gateway client so that each gateway call is made once,
// and early. A build needs about ten answers before it can be solved, and each
// takes some time. The wrapper reads the files of a source as soon as the
// source is solved. A later request for such a file gets the same answer, or
// waits for it. The answers are those of the wrapped client.
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
	ctx           context.Context // of the request, as an answer is for all callers
	cancel        context.CancelFunc
	siblingSuffix string

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

// ReadSibling makes the client read one more file while it solves the Dockerfile:
// the one beside it that has its name and a suffix.
func (c *Client) ReadSibling(suffix string) { c.siblingSuffix = suffix }

// Close cancels the calls in progress. Solved results stay valid.
func (c *Client) Close() { c.cancel() }

// ResolveImageConfig resolves ref, or returns the answer to an earlier call
// with the same arguments.
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

// imageKey identifies a lookup of an image by its arguments. Pointers to equal
// values give the same key.
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
