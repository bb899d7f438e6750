// Package request reads the client's request: its options, its build contexts,
// and the times of sources. It uses BuildKit's dockerui package.
package request

import (
	"context"
	"strings"
	"sync"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv"
	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/source"
)

// Sources answers all conversions of one request. It starts to load the ignore file
// of the main context; ctx ends that. ignoreFile returns the name and the text of the
// ignore file that was read; it may be nil.
func Sources(ctx context.Context, ui *dockerui.Client, ignoreFile func() (string, []byte)) llbconv.Sources {
	c := &contexts{client: ui, ignoreFile: ignoreFile}
	c.ignored = sync.OnceValues(func() ([]string, error) {
		return guard.Do(func() ([]string, error) { return ui.DockerIgnorePatterns(ctx) })
	})
	go func() { _, _ = c.ignored() }()
	for option := range ui.BuildOpts().Opts {
		c.anyNamed = c.anyNamed || strings.HasPrefix(option, "context:")
	}
	files := func(ctx context.Context, dirs []string) (advice.Files, error) {
		return guard.Do(func() (advice.Files, error) { return Files(ctx, ui, advice.PatternsIn(dirs)) })
	}
	return llbconv.Sources{Images: ui.GatewayClient(), Contexts: c, Files: files}
}

// contexts are the build contexts of one request.
type contexts struct {
	client     *dockerui.Client
	anyNamed   bool
	ignored    func() ([]string, error) // the patterns of the ignore file
	ignoreFile func() (string, []byte)
}

var _ source.Contexts = (*contexts)(nil)

// Main returns the main build context, whose ignore file is being loaded already.
// Each conversion sets limits of its own.
func (c *contexts) Main(ctx context.Context) (source.MainContext, error) {
	patterns, err := c.ignored()
	if err != nil {
		return source.MainContext{}, err
	}
	return source.MainContext{
		Content: source.Limited(func(limits source.LocalOptions) (*llb.State, error) {
			return c.client.MainContext(ctx, limits...)
		}),
		Ignore: source.IgnoreFile{Patterns: patterns, Source: c.ignoreFile},
	}, nil
}

// Named returns the context that the client gave under a name.
func (c *contexts) Named(name string, opt source.ContextOptions) (source.NamedContext, error) {
	if !c.anyNamed && source.IsPlainName(name) {
		return nil, nil
	}
	n := &namedContext{}
	var err error
	n.context, err = c.client.NamedContext(name, dockerui.ContextOpt{
		Platform:       opt.Platform,
		ResolveMode:    opt.ResolveMode,
		AsyncLocalOpts: func() []llb.LocalOption { return n.limits },
		CaptureDigest:  &n.digest,
	})
	if n.context == nil {
		return nil, err
	}
	return n, err
}

// namedContext is a named context that one stage reads.
type namedContext struct {
	context *dockerui.NamedContext
	limits  source.LocalOptions
	digest  digest.Digest // of an image that is loaded
}

// Load returns the content of the context and, for an image, its config.
func (n *namedContext) Load(ctx context.Context) (source.Content, *dockerspec.DockerOCIImage, error) {
	st, config, err := n.context.Load(ctx)
	if st == nil {
		return source.Content{}, config, err
	}
	return source.Content{State: *st, Limit: n.limit, Digest: n.digest}, config, err
}

func (n *namedContext) limit(options source.LocalOptions) error {
	n.limits = options
	return nil
}
