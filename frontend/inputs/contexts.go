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
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

	"github.com/stratabuild/strata/frontend/ahead"
	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/source"
)

// Contexts are the build contexts of one request. It implements
// source.Contexts.
type Contexts struct {
	client *dockerui.Client
	named  bool // whether there are any named ones
	main   func() (mainContext, error)
}

// mainContext is what dockerui tells of the main context.
type mainContext struct {
	state *llb.State // nil for a local directory
	// local are the options with which dockerui loads a local directory.
	local  *llb.LocalInfo
	ignore source.IgnoreFile
}

var _ source.Contexts = (*Contexts)(nil)

func newContexts(ctx context.Context, ui *dockerui.Client) *Contexts {
	c := &Contexts{client: ui}
	c.main = sync.OnceValues(func() (mainContext, error) {
		return guard.Do(func() (mainContext, error) { return c.askMain(ctx) })
	})
	go func() { _, _ = c.main() }()
	for option := range ui.BuildOpts().Opts {
		c.named = c.named || strings.HasPrefix(option, "context:")
	}
	return c
}

// Main returns the main build context, which has been asked for already. All
// conversions of a request share the answer, but each has its own limits.
func (c *Contexts) Main(context.Context) (source.MainContext, error) {
	main, err := c.main()
	switch {
	case err != nil:
		return source.MainContext{}, err
	case main.local == nil:
		return source.MainContext{Content: source.Content{State: *main.state}}, nil
	}
	dir := &localDir{options: *main.local}
	return source.MainContext{
		Content: source.Content{State: llb.NewState(dir), Limit: dir.limit},
		Ignore:  main.ignore,
	}, nil
}

// askMain asks before it is known what is read of the context.
func (c *Contexts) askMain(ctx context.Context) (main mainContext, err error) {
	var options keepLocalInfo
	if main.state, err = c.client.MainContext(ctx, &options); err != nil || options.info == nil {
		return main, err
	}
	main.local = options.info
	main.ignore, err = c.ignoreFile(options.info.ExcludePatterns)
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

// Named returns the context that the client gave under a name.
func (c *Contexts) Named(name string, opt source.ContextOptions) (source.NamedContext, error) {
	if !c.named && source.IsPlainName(name) {
		return nil, nil
	}
	var limits source.LocalOptions
	nc, err := c.client.NamedContext(name, dockerui.ContextOpt{
		Platform:       opt.Platform,
		ResolveMode:    opt.ResolveMode,
		AsyncLocalOpts: func() []llb.LocalOption { return limits },
	})
	if nc == nil { // a nil pointer is not a nil interface
		return nil, err
	}
	return namedContext{nc, func(o source.LocalOptions) { limits = o }}, err
}

// namedContext is a context that is loaded once.
type namedContext struct {
	context *dockerui.NamedContext
	limit   func(source.LocalOptions)
}

func (n namedContext) Load(ctx context.Context) (source.Content, *dockerspec.DockerOCIImage, error) {
	st, config, err := n.context.Load(ctx)
	if st == nil {
		return source.Content{}, config, err
	}
	return source.Content{State: *st, Limit: n.limit}, config, err
}
