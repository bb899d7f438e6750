package scenario

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/stratabuild/strata/hack/buildrun"
)

// Push pushes an image of busybox and the files, and returns its digest. A file
// named Dockerfile builds the image instead.
func Push(t *testing.T, ref string, files Files) string {
	t.Helper()
	p := New(t, files)
	if _, own := files["Dockerfile"]; !own {
		p.Write("Dockerfile", "FROM busybox\nCOPY . /\n")
		p.Write(".dockerignore", "Dockerfile\n.dockerignore\n")
	}
	return p.Push(ref)
}

// PushFor pushes one index of busybox under several platforms.
func PushFor(t *testing.T, ref string, platforms ...string) {
	t.Helper()
	p := New(t, Files{"Dockerfile": "FROM --platform=$BUILDPLATFORM busybox AS files\nFROM scratch\nCOPY --from=files / /\n"})
	p.Build.Platforms = platforms
	p.Push(ref)
}

// Push pushes the image that BuildKit's own frontend builds from the project, and
// returns the digest.
func (p *Project) Push(ref string) string {
	p.t.Helper()
	rep, err := p.Try(Shared(p.t), func(b *buildrun.Build) {
		b.Frontend = buildrun.Builtin
		b.Exports = []buildrun.Export{buildrun.Push(ref)}
	})
	require.NoError(p.t, err, rep)
	return rep.Digest()
}

// ReferenceImage makes the reference's frontend image and returns its reference.
func ReferenceImage(t *testing.T) string {
	t.Helper()
	ref, err := Env().ReferenceImage(t.Context())
	require.NoError(t, err)
	return ref
}

// Index returns an index of a registry on loopback.
func Index(t *testing.T, ref string) (v1.ImageIndex, *v1.IndexManifest) {
	t.Helper()
	parsed, err := name.ParseReference(ref, name.Insecure)
	require.NoError(t, err)
	index, err := remote.Index(parsed, remote.WithContext(t.Context()))
	require.NoError(t, err)
	manifest, err := index.IndexManifest()
	require.NoError(t, err)
	return index, manifest
}
