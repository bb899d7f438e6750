package clients

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/dockerd"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestLoad builds on a remote BuildKit and loads the image into the Docker
// Engine that the client speaks with.
func TestLoad(t *testing.T) {
	engine, _ := scenario.StartEngine(t, scenario.Bench(), dockerd.Older)
	p, unique := product(t), arg("CASE", scenario.Unique())
	var want string
	for _, w := range ways()[:3] {
		file := filepath.Join(t.TempDir(), "metadata.json")
		c := w.build(t, p, sameTime.and(unique).and(flags{buildx: []string{"--load", "--tag", "product:1", "--metadata-file", file}}))
		c.env = []string{"DOCKER_HOST=" + engine.Host()}
		c.succeed(t)
		loaded := inspect(t, engine.Host(), "product:1")
		if want == "" {
			want = loaded.ID
		}
		if loaded.ID != want || loaded.ID != readMetadata(t, file)["containerimage.config.digest"] {
			t.Errorf("%s: the engine has %s, the reference's is %s", w.name, loaded.ID, want)
		}
		if !slices.Contains(loaded.Config.Env, "KIND=product") {
			t.Errorf("%s: the image has the environment %q", w.name, loaded.Config.Env)
		}
	}
}

// engineImage is what the engine knows about an image.
type engineImage struct {
	ID     string `json:"Id"`
	Config struct{ Env []string }
}

func inspect(t *testing.T, host, image string) (i engineImage) {
	t.Helper()
	c := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", strings.TrimPrefix(host, "unix://"))
	}}}
	defer c.CloseIdleConnections()
	resp, err := c.Get("http://engine/images/" + image + "/json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&i); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	return i
}
