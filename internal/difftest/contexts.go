package difftest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/solver/pb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/stratabuild/strata/llbconv/source"
)

// contexts are the build contexts of a case for a conversion. They have the same ops as those of BuildKit's dockerui
// package. The main context is a directory or an archive, a named context an image or a directory.
type contexts struct{ gw *Gateway }

// Contexts returns the build contexts of the gateway's case.
func (g *Gateway) Contexts() source.Contexts { return contexts{g} }

// Main returns the main context.
func (c contexts) Main(context.Context) (source.MainContext, error) {
	in := c.gw.c
	if url := in.Options.Context; url != "" {
		archive := llb.HTTP(url, llb.Filename("context"), llb.WithCustomName("[internal] load remote build context"))
		st := llb.Scratch().File(llb.Copy(archive, "/context", "/", &llb.CopyInfo{AttemptUnpack: true}))
		return source.MainContext{Content: source.Content{State: st}}, nil
	}
	name, text := ".dockerignore", in.Dockerignore
	if in.OwnIgnore != nil {
		name, text = "Dockerfile.dockerignore", in.OwnIgnore
	}
	patterns, err := ignorefile.ReadAll(bytes.NewReader(text))
	if err != nil {
		return source.MainContext{}, err
	}
	return source.MainContext{
		Content: directory("context", llb.SharedKeyHint("context"), llb.ExcludePatterns(patterns), llb.WithCustomName("[internal] load build context")),
		Ignore:  source.IgnoreFile{Patterns: patterns, Source: func() (string, []byte) { return name, text }},
	}, nil
}

// directory is a directory of the client.
func directory(name string, options ...llb.LocalOption) source.Content {
	load := func(limits source.LocalOptions) (*llb.State, error) {
		st := llb.Local(name, slices.Concat([]llb.LocalOption{llb.SessionID(SessionID)}, options, limits)...)
		return &st, nil
	}
	return source.Limited(load)
}

// Named returns the context of a name.
func (c contexts) Named(name string, opt source.ContextOptions) (source.NamedContext, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return nil, fmt.Errorf("invalid context name %s: %w", name, err)
	}
	name = strings.TrimSuffix(reference.FamiliarString(named), ":latest")
	spec, ok := c.gw.c.Options.NamedContexts[name]
	if !ok {
		return nil, nil
	}
	return namedContext{gw: c.gw, name: name, spec: spec, opt: opt}, nil
}

type namedContext struct {
	gw         *Gateway
	name, spec string
	opt        source.ContextOptions
}

// Load returns the content of an image or a directory.
func (n namedContext) Load(ctx context.Context) (source.Content, *dockerspec.DockerOCIImage, error) {
	label := "[context " + n.name + "] "
	switch kind, rest, _ := strings.Cut(n.spec, ":"); kind {
	case "local":
		return directory(rest, llb.SharedKeyHint("context:"+n.name+"-"), llb.WithCustomName(label+"load from client")), nil, nil
	case "docker-image":
		return n.image(ctx, label, strings.TrimPrefix(rest, "//"))
	default:
		return source.Content{}, nil, fmt.Errorf("a case of a conversion has no context %s", n.spec)
	}
}

func (n namedContext) image(ctx context.Context, label, ref string) (content source.Content, _ *dockerspec.DockerOCIImage, err error) {
	full, err := source.FullName(ref)
	if err != nil {
		return content, nil, err
	}
	_, _, config, err := n.gw.ResolveImageConfig(ctx, full, sourceresolver.Opt{ImageOpt: &sourceresolver.ResolveImageOpt{Platform: n.opt.Platform}})
	if err != nil {
		return content, nil, err
	}
	options := []llb.ImageOption{llb.WithCustomName(label + ref)}
	if n.opt.Platform != nil {
		options = append(options, llb.Platform(*n.opt.Platform))
	}
	var img dockerspec.DockerOCIImage
	if err := json.Unmarshal(config, &img); err != nil {
		return content, nil, err
	}
	content.State, err = llb.Image(full, options...).WithImageConfig(config)
	return content, &img, err
}

// Time returns the time that the case gives a Git or HTTP source, nil if there is none.
func (c contexts) Time(ctx context.Context, st llb.State, _ string) (*time.Time, error) {
	def, err := st.Marshal(ctx)
	if err != nil {
		return nil, err
	}
	for _, dt := range def.ToPB().Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return nil, err
		}
		id := op.GetSource().GetIdentifier()
		if git, ok := c.gw.c.Options.Git[strings.TrimPrefix(id, "git://")]; ok {
			return timeOf(git.Commit), nil
		}
		if http, ok := c.gw.c.Options.HTTP[id]; ok {
			return http.time(), nil
		}
	}
	return nil, nil
}

// time returns when the resource was changed, or else the time of the newest file of an archive.
func (h HTTP) time() *time.Time {
	newest := h.LastModified
	if newest == 0 {
		for _, seconds := range h.Tar {
			newest = max(newest, seconds)
		}
	}
	return timeOf(newest)
}
