package conformance

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/moby/buildkit/util/testutil/integration"

	"github.com/stratabuild/strata/hack/baseimage"
)

// mirrored are the images that the suite would copy from Docker Hub into its
// mirror, with their replacements. The suite does not copy images that the mirror
// has.
var mirrored = map[string]string{
	"library/busybox:latest":              "busybox:latest",
	"library/busybox:stable-musl":         "busybox:latest",
	"library/alpine:latest":               "alpine:latest",
	"amd64/debian:bullseye-20230109-slim": "busybox:latest",
	"tonistiigi/hellofs:latest":           "busybox:latest",
}

// makeMirror makes the folder of the suite's mirror. If Docker Hub can be reached
// the folder stays empty, and the suite fills it.
func (s *Suite) makeMirror(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if !slices.ContainsFunc(s.bases, func(i baseimage.Image) bool { return i.Source == baseimage.StandIn }) {
		return nil
	}
	host, stop, err := integration.NewRegistry(dir)
	if err != nil {
		return err
	}
	for to, from := range mirrored {
		if err = crane.Copy(s.bench.Registry()+"/library/"+from, host+"/"+to, crane.Insecure, crane.WithContext(ctx)); err != nil {
			break
		}
	}
	return errors.Join(err, stop())
}
