package baseimage

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/stratabuild/strata/hack/buildrun"
)

//go:embed images
var images embed.FS

// recipe describes how the stand-in for one image is built.
type recipe struct {
	// tags are the image's names; the first one is copied from Docker Hub.
	tags []string
	// dir is the folder of the Dockerfile in the folder images, and target is its
	// stage.
	dir, target string
	args        map[string]string
	// below is the stand-in that the Dockerfile builds on.
	below *recipe
	// prepare adds the machine's files to the build.
	prepare func(context.Context, *Store, *buildrun.Build) error
}

var (
	debian = recipe{
		tags:    []string{"debian:bookworm-slim", "debian:bookworm", "debian:12-slim", "debian:stable-slim", "debian:latest"},
		dir:     "debian",
		prepare: addDebian,
	}
	alpine = recipe{
		tags: []string{"alpine:latest", "alpine:3.20", "alpine:3"},
		dir:  "busybox", target: "alpine",
		prepare: addBusybox,
	}
)

// recipes are all images that can be made.
var recipes = []recipe{
	{
		tags: []string{"busybox:latest", "busybox:stable", "busybox:stable-musl", "busybox:stable-glibc", "busybox:musl", "busybox:1.35"},
		dir:  "busybox", target: "busybox",
		prepare: addBusybox,
	},
	alpine,
	debian,
	{
		tags:  []string{"python:3.11-slim", "python:3.11-slim-bookworm", "python:3.11", "python:3-slim", "python:slim"},
		dir:   "python",
		below: &debian,
	},
	golang("debian", &debian, "golang:1.26", "golang:1.26-bookworm", "golang:1", "golang:latest"),
	golang("alpine", &alpine, "golang:1.26-alpine", "golang:alpine"),
	node("18.20.8", "10.8.2", "node:18-slim", "node:18", "node:18-bookworm-slim"),
	node("20.20.2", "10.8.2", "node:20-slim", "node:20", "node:20-bookworm-slim"),
	node("22.23.3", "10.9.9", "node:22-slim", "node:22", "node:22-bookworm-slim", "node:lts-slim"),
}

func golang(base string, below *recipe, tags ...string) recipe {
	return recipe{
		tags: tags, below: below, dir: "golang", prepare: addGo,
		args: map[string]string{"BASE": base, "GOLANG_VERSION": strings.TrimPrefix(runtime.Version(), "go")},
	}
}

func node(version, npm string, tags ...string) recipe {
	return recipe{
		tags: tags, below: &debian, dir: "node", prepare: addNode,
		args: map[string]string{"NODE_VERSION": version, "NPM_VERSION": npm},
	}
}

// Names lists the images that can be made, each by its first name.
func Names() (names []string) {
	for _, r := range recipes {
		names = append(names, r.tags[0])
	}
	return names
}

// find returns the recipe of an image, by any form of its name.
func find(name string) (recipe, error) {
	tag := strings.TrimPrefix(strings.TrimPrefix(name, "docker.io/"), "library/")
	if !strings.Contains(tag, ":") {
		tag += ":latest"
	}
	var all []string
	for _, r := range recipes {
		if slices.Contains(r.tags, tag) {
			return r, nil
		}
		all = append(all, r.tags...)
	}
	return recipe{}, fmt.Errorf("there is no stand-in for the image %q; there are: %s", name, strings.Join(all, ", "))
}

// stamp changes with everything that affects the image.
func (r recipe) stamp(fromHub bool) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, fromHub, r.tags, r.target, r.args)
	err := fs.WalkDir(images, "images/"+r.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := images.ReadFile(name)
		fmt.Fprintln(h, name, string(text))
		return err
	})
	if err != nil {
		return "", err
	}
	if bundle, err := os.ReadFile(caBundle); err == nil {
		h.Write(bundle)
	}
	if r.below != nil {
		lower, err := r.below.stamp(fromHub)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, lower)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
