package baseimage

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/stratabuild/strata/hack/internal/host"
)

const hubHost = "registry-1.docker.io"

// hubForget is how long Docker Hub is not tried again after it could not be reached: the
// attempt takes seconds if packets are dropped.
const hubForget = 7 * 24 * time.Hour

func (s *Store) hubReachable(ctx context.Context) bool {
	unreachable := filepath.Join(s.Dir, "no-docker-hub")
	if last, err := os.Stat(unreachable); err == nil && time.Since(last.ModTime()) < hubForget {
		return false
	}
	asking, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err := crane.Head(hubHost+"/library/busybox", crane.WithContext(asking))
	if err != nil {
		host.Printf("Docker Hub cannot be reached: base images are stand-ins made from Debian's packages")
		_ = host.WriteFile(unreachable, nil, 0o644) // otherwise the next call tries again
	}
	return err == nil
}
