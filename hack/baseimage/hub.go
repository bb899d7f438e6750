package baseimage

import (
	"context"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/stratabuild/strata/hack/internal/host"
)

const hubHost = "registry-1.docker.io"

// hubResult is the result of the last test of Docker Hub.
type hubResult struct {
	Reachable bool
	Asked     time.Time
}

// isRecent reports whether a result can be used without another test. The test takes
// seconds if packets are dropped, and another result would make all images again. That
// Docker Hub did not answer is believed for some hours only: it may have been slow once.
func (r hubResult) isRecent() bool {
	keep := 6 * time.Hour
	if r.Reachable {
		keep = 7 * 24 * time.Hour
	}
	return time.Since(r.Asked) < keep
}

func (s *Store) hubReachable(ctx context.Context) bool {
	file := filepath.Join(s.Dir, "dockerhub.json")
	var last hubResult
	if host.ReadJSON(file, &last) == nil && last.isRecent() {
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
