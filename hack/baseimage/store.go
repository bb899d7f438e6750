package baseimage

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/crane"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
)

// Store makes images and keeps them in a registry.
type Store struct {
	Dir      string // for data that is kept between runs
	Debs     string // for unpacked Debian packages
	Registry string // such as "127.0.0.1:5000"; the daemon's mirror of Docker Hub
	Client   *client.Client
}

// The origin of an image.
const (
	DockerHub = "docker hub"
	StandIn   = "stand-in"
)

// Image describes the image that the registry has under one set of names.
type Image struct {
	Tags   []string
	Source string // DockerHub or StandIn
	Digest string
}

// record stores the inputs of an image, so that it is made only once.
type record struct{ Stamp, Source, Digest string }

// Ensure makes the named images, unless the registry holds them already.
func (s *Store) Ensure(ctx context.Context, names ...string) ([]Image, error) {
	lock, err := host.WaitLock(ctx, filepath.Join(s.Dir, "lock"), func() {
		host.Printf("waiting for another command that makes base images ...")
	})
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	fromHub := s.hubReachable(ctx)
	var made []Image
	for _, name := range names {
		r, err := find(name)
		if err != nil {
			return nil, err
		}
		rec, err := s.ensure(ctx, r, fromHub)
		if err != nil {
			return nil, fmt.Errorf("base image %s: %w", r.tags[0], err)
		}
		made = append(made, Image{Tags: r.tags, Source: rec.Source, Digest: rec.Digest})
	}
	return made, nil
}

func (s *Store) ensure(ctx context.Context, r recipe, fromHub bool) (rec record, err error) {
	stamp, err := r.stamp(fromHub)
	if err != nil {
		return rec, err
	}
	file := filepath.Join(s.Dir, strings.ReplaceAll(r.tags[0], ":", "-")+".json")
	if host.ReadJSON(file, &rec) == nil && rec.Stamp == stamp && s.holds(ctx, r, rec.Digest) {
		return rec, nil
	}
	rec = record{Stamp: stamp}
	if rec.Source, err = s.obtain(ctx, r, fromHub); err != nil {
		return rec, err
	}
	if rec.Digest, err = crane.Digest(s.ref(r.tags[0]), crane.Insecure, crane.WithContext(ctx)); err != nil {
		return rec, err
	}
	return rec, host.WriteJSON(file, rec)
}

// obtain gets the real image if it can, and makes the stand-in otherwise.
func (s *Store) obtain(ctx context.Context, r recipe, fromHub bool) (source string, err error) {
	if fromHub {
		err := host.During("copying "+r.tags[0]+" from Docker Hub", func() error { return s.copyFromHub(ctx, r) })
		if err == nil {
			return DockerHub, nil
		}
		host.Printf("%v; making the stand-in instead", err)
	}
	if r.below != nil {
		if _, err := s.ensure(ctx, *r.below, fromHub); err != nil {
			return "", err
		}
	}
	return StandIn, host.During("making the stand-in for "+r.tags[0], func() error { return s.build(ctx, r) })
}

func (s *Store) copyFromHub(ctx context.Context, r recipe) error {
	platform := &v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
	for _, tag := range r.tags {
		from := hubHost + "/library/" + r.tags[0]
		if err := crane.Copy(from, s.ref(tag), crane.WithContext(ctx), crane.WithPlatform(platform), crane.Insecure); err != nil {
			return err
		}
	}
	return nil
}

// build makes the stand-in and pushes it under all its tags.
func (s *Store) build(ctx context.Context, r recipe) error {
	dir, err := os.MkdirTemp(s.Dir, "build-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := buildrun.Build{
		Context: filepath.Join(dir, "context"),
		Target:  r.target,
		Args:    r.arguments(),
		Named:   map[string]string{"machine": filepath.Join(dir, "machine")},
	}
	files, err := fs.Sub(images, "images/"+r.dir)
	if err != nil {
		return err
	}
	if err := os.CopyFS(b.Context, files); err != nil {
		return err
	}
	if err := os.Mkdir(b.Named["machine"], 0o755); err != nil {
		return err
	}
	if err := copyCertificates(b.Named["machine"]); err != nil {
		return err
	}
	if r.prepare != nil {
		if err := r.prepare(ctx, s, &b); err != nil {
			return err
		}
	}
	var refs []string
	for _, tag := range r.tags {
		refs = append(refs, s.ref(tag))
	}
	b.Exports = []buildrun.Export{buildrun.Push(strings.Join(refs, ",")).With("oci-mediatypes", "true")}
	rep, err := buildrun.Run(ctx, s.Client, b)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, host.LastLines(rep.Logs(), 30))
	}
	return nil
}

// ref is the name of an image in the store's registry.
func (s *Store) ref(tag string) string { return s.Registry + "/library/" + tag }

// holds reports whether the registry has the image under all its tags.
func (s *Store) holds(ctx context.Context, r recipe, digest string) bool {
	for _, tag := range r.tags {
		if found, err := crane.Digest(s.ref(tag), crane.Insecure, crane.WithContext(ctx)); err != nil || found != digest {
			return false
		}
	}
	return true
}
