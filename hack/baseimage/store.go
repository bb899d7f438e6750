package baseimage

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/stratabuild/strata/hack/internal/host"
)

// Store makes images in a folder and keeps them in a registry.
type Store struct {
	Dir      string // for what is kept between runs
	Debs     string // for unpacked Debian packages
	Registry string // such as "127.0.0.1:5000"
	Log      host.Logger

	hub *hubState
}

// record remembers what an image was made of, so that it is made only once.
type record struct {
	Stamp  string `json:"stamp"`
	Source string `json:"source"`
	Digest string `json:"digest"`
}

// Where an image comes from.
const (
	DockerHub = "docker hub"
	StandIn   = "stand-in"
)

// Image says what the registry holds under the names of one image.
type Image struct {
	Tags   []string
	Source string // DockerHub or StandIn
	Digest string
}

// Ensure makes the named images, unless the registry holds them already.
func (s *Store) Ensure(ctx context.Context, names ...string) ([]Image, error) {
	lock, err := host.WaitLock(ctx, filepath.Join(s.Dir, "lock"), func() {
		s.Log.Printf("waiting for another command that makes base images ...")
	})
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	defer s.dropLayerFiles()
	var images []Image
	for _, name := range names {
		r, err := find(name)
		if err != nil {
			return nil, err
		}
		rec, err := s.ensure(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("base image %s: %w", r.tags[0], err)
		}
		images = append(images, Image{Tags: r.tags, Source: rec.Source, Digest: rec.Digest})
	}
	return images, nil
}

func (s *Store) ensure(ctx context.Context, r *recipe) (record, error) {
	stamp, err := s.stamp(ctx, r)
	if err != nil {
		return record{}, err
	}
	if rec, ok := s.load(r); ok && rec.Stamp == stamp && s.holds(ctx, r.tags, rec.Digest) {
		return rec, nil
	}
	img, source, err := s.obtain(ctx, r)
	if err != nil {
		return record{}, err
	}
	digest, err := s.push(ctx, img, r.tags)
	if err != nil {
		return record{}, err
	}
	rec := record{Stamp: stamp, Source: source, Digest: digest}
	return rec, s.save(r, rec)
}

// obtain gets the real image where it can, and makes the stand-in elsewhere.
func (s *Store) obtain(ctx context.Context, r *recipe) (img v1.Image, source string, err error) {
	if s.hubReachable(ctx) {
		err := s.Log.During("copying "+r.tags[0]+" from Docker Hub", func() (err error) {
			img, err = pullHub(ctx, r.tags[0])
			return err
		})
		if err == nil {
			return img, DockerHub, nil
		}
		s.Log.Printf("%v; making the stand-in instead", err)
	}
	if r.below != "" {
		below, err := find(r.below)
		if err != nil {
			return nil, "", err
		}
		if _, err := s.ensure(ctx, below); err != nil {
			return nil, "", err
		}
	}
	err = s.Log.During("making the stand-in for "+r.tags[0], func() (err error) {
		img, err = s.build(ctx, r)
		return err
	})
	return img, StandIn, err
}

func (s *Store) recordFile(r *recipe) string {
	return filepath.Join(s.Dir, r.id()+".json")
}

func (s *Store) load(r *recipe) (record, bool) {
	var rec record
	b, err := os.ReadFile(s.recordFile(r))
	if err != nil || json.Unmarshal(b, &rec) != nil {
		return record{}, false // made anew
	}
	return rec, true
}

func (s *Store) save(r *recipe, rec record) error {
	b, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.recordFile(r), append(b, '\n'), 0o644)
}

// List says what the store holds at present, and makes nothing.
func (s *Store) List() []Image {
	var images []Image
	for _, r := range recipes {
		if rec, ok := s.load(r); ok {
			images = append(images, Image{Tags: r.tags, Source: rec.Source, Digest: rec.Digest})
		}
	}
	return images
}
