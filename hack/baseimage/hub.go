package baseimage

import (
	"context"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/stratabuild/strata/hack/internal/host"
)

const hubHost = "registry-1.docker.io"

// hubResultTTL is how long the result of the last test of Docker Hub is used. The test
// takes seconds if packets are dropped, and another result would make all images again.
const hubResultTTL = 7 * 24 * time.Hour

func (s *Store) hubReachable(ctx context.Context) bool {
	file := filepath.Join(s.Dir, "dockerhub.json")
	var last struct {
		Reachable bool
		Asked     time.Time
	}
	if host.ReadJSON(file, &last) == nil && time.Since(last.Asked) < hubResultTTL {
		return last.Reachable
	}
	asking, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err := crane.Head(hubHost+"/library/busybox", crane.WithContext(asking))
	last.Reachable, last.Asked = err == nil, time.Now()
	if !last.Reachable {
		host.Printf("Docker Hub cannot be reached: base images are stand-ins made from Debian's packages")
	}
	_ = host.WriteJSON(file, last) // otherwise the next call tests again
	return last.Reachable
}
