// Package inputs hands a conversion what the client gave: its options and its
// build contexts. BuildKit's dockerui package reads them from the request.
package inputs

import (
	"context"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/stratabuild/strata/frontend/ahead"
	"github.com/stratabuild/strata/llbconv/source"
)

// Contexts are the build contexts of one request. It implements
// source.Contexts.
type Contexts struct {
	client *dockerui.Client
	named  bool // whether there are any named ones
}

var _ source.Contexts = (*Contexts)(nil)

func newContexts(ui *dockerui.Client) *Contexts {
	c := &Contexts{client: ui}
	for option := range ui.BuildOpts().Opts {
		c.named = c.named || strings.HasPrefix(option, "context:")
	}
	return c
}

// Main returns the main build context.
func (c *Contexts) Main(ctx context.Context, opts ...llb.LocalOption) (*llb.State, error) {
	return c.client.MainContext(ctx, opts...)
}

// Named returns the context that the client gave under a name.
func (c *Contexts) Named(name string, opt source.ContextOptions) (source.NamedContext, error) {
	if !c.named && source.IsPlainName(name) {
		return nil, nil
	}
	nc, err := c.client.NamedContext(name, dockerui.ContextOpt{
		Platform:       opt.Platform,
		ResolveMode:    opt.ResolveMode,
		AsyncLocalOpts: opt.UsedPaths,
	})
	if nc == nil { // a nil pointer is not a nil interface
		return nil, err
	}
	return nc, err
}

// IgnoreFile returns the ignore file of the main context. Its text is known
// where the gateway client remembers what dockerui has read.
func (c *Contexts) IgnoreFile(ctx context.Context) (file source.IgnoreFile, err error) {
	if file.Patterns, err = c.client.DockerIgnorePatterns(ctx); err != nil || len(file.Patterns) == 0 {
		return file, err
	}
	if reader, ok := c.client.GatewayClient().(*ahead.Client); ok {
		file.Source = func() (string, []byte) { return reader.IgnoreFile(file.Patterns) }
	}
	return file, nil
}
