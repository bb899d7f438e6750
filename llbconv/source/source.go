// Package source defines the interfaces through which a conversion asks for its
// external inputs: image configs, build contexts, ignore patterns, times. A
// conversion does no I/O itself. The caller implements the interfaces, with a
// BuildKit gateway or with a map.
package source

import (
	"context"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
)

// LocalOptions limit the transfer of a local directory.
type LocalOptions = []llb.LocalOption

// Images resolves image references to image configs. ResolveImageConfig gets
// the full name of an image. It returns the name to use, the digest or "", and
// the config as JSON.
type Images = llb.ImageMetaResolver

// Contexts gives access to the build contexts of a client.
type Contexts interface {
	// Main returns the main build context. A conversion calls it after the images are
	// resolved; an ignore file that takes time is best loaded before.
	Main(ctx context.Context) (MainContext, error)
	// Named returns the client's context of a name, nil if there is none. It
	// loads nothing.
	Named(name string, opt ContextOptions) (NamedContext, error)
	// Time returns when a source (a Git commit, an HTTP resource, an archive)
	// was last changed, nil if it has no time. name is for the progress
	// display.
	Time(ctx context.Context, st llb.State, name string) (*time.Time, error)
}

// A MainContext is the main build context.
type MainContext struct {
	Content Content
	// Ignore is empty if the context is not a local directory.
	Ignore IgnoreFile
}

// Content is the files of a build context.
type Content struct {
	State llb.State
	// Limit restricts the transfer of a local directory. A conversion that reads
	// paths of it calls Limit once, before State is marshalled, with options for
	// these paths. It may be nil; see also Limited.
	Limit func(LocalOptions) error
	// Digest is the digest of an image, empty if it is not known or for other
	// content.
	Digest digest.Digest
}

// An IgnoreFile lists the files of a context that are not transferred.
type IgnoreFile struct {
	Patterns []string
	// Source returns the name and the text of the file, for messages. It may be
	// nil, and may return nothing.
	Source func() (name string, text []byte)
}

// A NamedContext is a named build context.
type NamedContext interface {
	// Load returns the content and, for an image, its config.
	Load(ctx context.Context) (Content, *dockerspec.DockerOCIImage, error)
}

// ContextOptions say how to load a named context.
type ContextOptions struct {
	// Platform is the preferred platform; nil stands for the default.
	Platform    *ocispecs.Platform
	ResolveMode string
}

// A Lock pins the sources that a Dockerfile names.
type Lock interface {
	// Pin returns what a source is pinned to: the digest of an image or of a file,
	// or a commit. The source is named as in LLB.
	Pin(identifier string) (pin string, ok bool)
	// Missing is the warning, or the error, about a source that is not pinned.
	Missing(name, identifier string) diag.Diagnostic
}

// Lookup returns the named context of a name, nil if there is none. The names
// "scratch" and "context" cannot be replaced. contexts may be nil.
func Lookup(contexts Contexts, name string, opt ContextOptions) (NamedContext, error) {
	if contexts == nil || strings.EqualFold(name, "scratch") || strings.EqualFold(name, "context") {
		return nil, nil
	}
	return contexts.Named(name, opt)
}
