package baseimage

import (
	"context"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/crane"

	"github.com/stratabuild/strata/hack/internal/host"
)

const hubHost = "registry-1.docker.io"

// hubState records whether Docker Hub can be reached. The test takes seconds if
// packets are dropped, so the result is kept.
type hubState struct {
	Reachable bool      `json:"reachable"`
	Asked     time.Time `json:"asked"`
}

// hubForget is how long the result is valid.
const hubForget = 7 * 24 * time.Hour

func (s *Store) hubReachable(ctx context.Context) bool {
	file := filepath.Join(s.Dir, "dockerhub.json")
	var st hubState
	if host.ReadJSON(file, &st) == nil && time.Since(st.Asked) < hubForget {
		return st.Reachable
	}
	asking, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err := crane.Head(hubHost+"/library/busybox", crane.WithContext(asking))
	st = hubState{Reachable: err == nil, Asked: time.Now().UTC()}
	if !st.Reachable {
		host.Printf("Docker Hub cannot be reached: base images are stand-ins made from Debian's packages")
	}
	_ = host.WriteJSON(file, st) // otherwise the next call tests again
	return st.Reachable
}
