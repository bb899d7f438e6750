package baseimage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// recipe tells how the stand-in for one image is made.
type recipe struct {
	// tags are the image's names; the first one is copied from Docker Hub.
	tags []string
	// below is the image whose layers come first.
	below string
	// version is raised when the recipe changes, so that the image is made anew.
	version string
	// extra gives what else the image depends on, such as the version of Go.
	extra func(ctx context.Context) (string, error)
	// layers makes the layers above those of the image below.
	layers func(ctx context.Context, s *Store, r *recipe) ([]*layer, error)
	// config fills in the image's configuration.
	config func(ctx context.Context, c *v1.Config) error
}

func (r *recipe) id() string {
	return strings.NewReplacer(":", "-", "/", "-").Replace(r.tags[0])
}

// recipes are all images that can be made.
var recipes = slices.Concat(
	busyboxRecipes,
	[]*recipe{debianRecipe, pythonRecipe, golangRecipe, golangAlpineRecipe},
	nodeRecipes,
)

// Names lists the images that can be made, each by its first name.
func Names() []string {
	var names []string
	for _, r := range recipes {
		names = append(names, r.tags[0])
	}
	return names
}

// find looks a recipe up by any of the ways in which an image is written.
func find(name string) (*recipe, error) {
	tag := strings.TrimPrefix(strings.TrimPrefix(name, "docker.io/"), "library/")
	if !strings.Contains(tag, ":") {
		tag += ":latest"
	}
	for _, r := range recipes {
		if slices.Contains(r.tags, tag) {
			return r, nil
		}
	}
	return nil, fmt.Errorf("there is no stand-in for the image %q; there are: %s", name, allTags())
}

func allTags() string {
	var tags []string
	for _, r := range recipes {
		tags = append(tags, r.tags...)
	}
	return strings.Join(tags, ", ")
}

// caBundle holds the certificates that the machine trusts. A registry that the
// machine reaches can be behind a certificate that only its own bundle knows.
const caBundle = "/etc/ssl/certs/ca-certificates.crt"

// stamp changes with everything that decides what the image becomes.
func (s *Store) stamp(ctx context.Context, r *recipe) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, r.tags, r.version, s.hubReachable(ctx))
	if r.extra != nil {
		extra, err := r.extra(ctx)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, extra)
	}
	if f, err := os.Open(caBundle); err == nil {
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return "", err
		}
	}
	if r.below != "" {
		below, err := find(r.below)
		if err != nil {
			return "", err
		}
		lower, err := s.stamp(ctx, below)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, lower)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
