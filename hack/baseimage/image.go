package baseimage

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// made is the time that all stand-ins bear: the same packages then give the
// same image.
var made = time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)

// build makes the stand-in.
func (s *Store) build(ctx context.Context, r *recipe) (v1.Image, error) {
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if r.below != "" {
		ref, err := s.ref(r.below)
		if err != nil {
			return nil, err
		}
		if img, err = remote.Image(ref, remote.WithContext(ctx)); err != nil {
			return nil, err
		}
	}
	layers, err := r.layers(ctx, s, r)
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		img, err = mutate.Append(img, mutate.Addendum{
			Layer:     l,
			MediaType: types.OCILayer,
			History:   v1.History{Created: v1.Time{Time: made}, CreatedBy: l.createdBy, Comment: "strata stand-in"},
		})
		if err != nil {
			return nil, err
		}
	}
	return configure(ctx, img, r)
}

func configure(ctx context.Context, img v1.Image, r *recipe) (v1.Image, error) {
	file, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.Created = v1.Time{Time: made}
	file.OS, file.Architecture = "linux", runtime.GOARCH
	if file.Architecture == "arm64" {
		file.Variant = "v8"
	}
	if err := r.config(ctx, &file.Config); err != nil {
		return nil, err
	}
	return mutate.ConfigFile(img, file)
}

// ref is the name of an image in the store's registry.
func (s *Store) ref(tag string) (name.Tag, error) {
	return name.NewTag(s.Registry+"/library/"+tag, name.Insecure)
}

// push puts the image into the registry under all its tags.
func (s *Store) push(ctx context.Context, img v1.Image, tags []string) (string, error) {
	for _, tag := range tags {
		ref, err := s.ref(tag)
		if err != nil {
			return "", err
		}
		if err := remote.Write(ref, img, remote.WithContext(ctx)); err != nil {
			return "", fmt.Errorf("push %s: %w", ref, err)
		}
	}
	digest, err := img.Digest()
	return digest.String(), err
}

// holds says whether the registry has the image under all its tags.
func (s *Store) holds(ctx context.Context, tags []string, digest string) bool {
	for _, tag := range tags {
		if !s.Holds(ctx, s.Registry+"/library/"+tag, digest) {
			return false
		}
	}
	return true
}

// Holds says whether the reference names the image of the given digest.
func (s *Store) Holds(ctx context.Context, ref, digest string) bool {
	tag, err := name.NewTag(ref, name.Insecure)
	if err != nil {
		return false
	}
	desc, err := remote.Head(tag, remote.WithContext(ctx))
	return err == nil && desc.Digest.String() == digest
}

// pullHub opens the real image for this machine's platform.
func pullHub(ctx context.Context, tag string) (v1.Image, error) {
	ref, err := name.NewTag(hubHost + "/library/" + tag)
	if err != nil {
		return nil, err
	}
	return remote.Image(ref, remote.WithContext(ctx),
		remote.WithTransport(http.DefaultTransport),
		remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
}
