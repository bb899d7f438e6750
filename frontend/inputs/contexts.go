// Package inputs hands a conversion what the client gave: its options and its
// build contexts. BuildKit's dockerui package reads them from the request.
package inputs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/stratabuild/strata/frontend/ahead"
	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/source"
)

// Contexts are the build contexts of one request. It implements
// source.Contexts.
type Contexts struct {
	client *dockerui.Client
	named  bool // whether there are any named ones
	main   func() (source.MainContext, error)
}

var _ source.Contexts = (*Contexts)(nil)

func newContexts(ctx context.Context, ui *dockerui.Client) *Contexts {
	c := &Contexts{client: ui}
	c.main = sync.OnceValues(func() (source.MainContext, error) {
		return guard.Do(func() (source.MainContext, error) { return c.askMain(ctx) })
	})
	go func() { _, _ = c.main() }()
	for option := range ui.BuildOpts().Opts {
		c.named = c.named || strings.HasPrefix(option, "context:")
	}
	return c
}

// Main returns the main build context, which has been asked for already.
func (c *Contexts) Main(context.Context) func() (source.MainContext, error) { return c.main }

// askMain asks before it is known what is used of the context: how dockerui
// would load a directory is taken down.
func (c *Contexts) askMain(ctx context.Context) (main source.MainContext, err error) {
	var dir localOptions
	st, err := c.client.MainContext(ctx, &dir)
	if err != nil {
		return main, err
	}
	if dir.options == nil {
		main.State = func(...llb.LocalOption) llb.State { return *st }
		return main, nil
	}
	main.State = func(opts ...llb.LocalOption) llb.State {
		return llb.Local(dockerui.DefaultLocalNameContext, append([]llb.LocalOption{&dir}, opts...)...)
	}
	main.Ignore, err = c.ignoreFile(dir.options.ExcludePatterns)
	return main, err
}

// ignoreFile is the ignore file of these patterns. Its text is known where the
// gateway client remembers what dockerui has read.
func (c *Contexts) ignoreFile(patterns string) (file source.IgnoreFile, err error) {
	if patterns == "" {
		return file, nil
	}
	if err := json.Unmarshal([]byte(patterns), &file.Patterns); err != nil {
		return file, fmt.Errorf("failed to read dockerignore patterns: %w", err)
	}
	if reader, ok := c.client.GatewayClient().(*ahead.Client); ok {
		file.Source = reader.IgnoreFile
	}
	return file, nil
}

// localOptions are all options of a local directory, as one option. The first
// time that it is applied it takes down those before it.
type localOptions struct{ options *llb.LocalInfo }

func (o *localOptions) SetLocalOption(info *llb.LocalInfo) {
	if o.options == nil {
		before := *info
		o.options = &before
		return
	}
	*info = *o.options
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
