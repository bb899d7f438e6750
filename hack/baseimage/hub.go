package baseimage

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"time"

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
	st = hubState{Reachable: askHub(ctx), Asked: time.Now().UTC()}
	if !st.Reachable {
		s.Log.Printf("Docker Hub cannot be reached: base images are stand-ins made from Debian's packages")
	}
	_ = host.WriteJSON(file, st) // otherwise the next call tests again
	return st.Reachable
}

// askHub checks for the answer that only the real registry gives: the address of
// its login service.
func askHub(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+hubHost+"/v2/", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusUnauthorized &&
		strings.Contains(resp.Header.Get("Www-Authenticate"), "auth.docker.io")
}
