// Package source names what a conversion has to ask for outside the Dockerfile:
// image configs, build contexts, ignore patterns, times. A conversion does no
// I/O itself. Its caller implements these interfaces, with a BuildKit gateway or
// with a map in a test.
package source

import (
	"context"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
)

// LocalOptions limit the transfer of a local directory.
type LocalOptions = []llb.LocalOption

// Images resolves image references to image configs.
type Images = llb.ImageMetaResolver

// Contexts gives access to the build contexts of a client.
type Contexts interface {
	// Main asks for the main build context.
	Main(ctx context.Context) (MainContext, error)
	// Named returns the context that the client gave under a name, nil where
	// there is none. It does not load anything.
	Named(name string, opt ContextOptions) (NamedContext, error)
	// Time returns when a source (a Git commit, an HTTP resource, an archive)
	// was last changed, nil where that cannot be told. The name is shown to
	// the user.
	Time(ctx context.Context, st llb.State, name string) (*time.Time, error)
}

// A MainContext is the main build context.
type MainContext struct {
	Content Content
	// Ignore is empty where the context is not a local directory.
	Ignore IgnoreFile
}

// Content is the files of a build context.
type Content struct {
	State llb.State
	// Limit restricts the transfer of a local directory to what the options say.
	// A conversion calls it once, when it knows all that is read, and before
	// State is marshalled. It may be nil.
	Limit func(LocalOptions) error
}

// An IgnoreFile says what of a context is not sent.
type IgnoreFile struct {
	Patterns []string
	// Source looks up the file's name and text, for messages. It is nil where
	// they are not known, and may return nothing.
	Source func() (name string, text []byte)
}

// A NamedContext is a build context of a name.
type NamedContext interface {
	// Load returns the content and, where it is an image, its config.
	Load(ctx context.Context) (Content, *dockerspec.DockerOCIImage, error)
}

// ContextOptions say how a named context is to be loaded.
type ContextOptions struct {
	// Platform is preferred; nil is the default one.
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

// Lookup asks for a named context. The names of the empty image and of the
// main context cannot be overridden; contexts may be nil.
func Lookup(contexts Contexts, name string, opt ContextOptions) (NamedContext, error) {
	if contexts == nil || strings.EqualFold(name, "scratch") || strings.EqualFold(name, "context") {
		return nil, nil
	}
	return contexts.Named(name, opt)
}
