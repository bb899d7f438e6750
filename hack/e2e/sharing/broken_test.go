package sharing

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// answer is the faulty answer of a registry to the requests for a part of the
// cache.
type answer func(w http.ResponseWriter)

func status(code int) answer { return func(w http.ResponseWriter) { w.WriteHeader(code) } }

func body(kind, text string) answer {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, text)
	}
}

// truncated announces more bytes than it sends.
func truncated(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "100000")
	_, _ = io.WriteString(w, `{"layers":[`)
}

const indexType = "application/vnd.oci.image.index.v1+json"

// faults are the ways in which a cache can be broken. part is in the path of the
// requests that get the fault.
var faults = []struct {
	name, part string
	answer     answer
	silent     bool // there is no warning
}{
	{name: "there is none", part: "/manifests/", answer: status(http.StatusNotFound)},
	{name: "the registry fails", part: "/manifests/", answer: status(http.StatusInternalServerError)},
	{name: "the manifest is no JSON", part: "/manifests/", answer: body(indexType, "no JSON")},
	{name: "the manifest is empty", part: "/manifests/", answer: body(indexType, "{}"), silent: true},
	{name: "the manifest is cut", part: "/manifests/", answer: truncated},
	{name: "the config is missing", part: "/blobs/", answer: status(http.StatusNotFound)},
	{name: "the config is no JSON", part: "/blobs/", answer: body("application/json", "no JSON")},
	{name: "the config is cut", part: "/blobs/", answer: truncated},
}

// TestBrokenCache breaks a cache in the registry after it was written. The
// build warns, runs every step, and makes the right image.
func TestBrokenCache(t *testing.T) {
	one, other := two(t)
	reg := scenario.NewRegistry(t)
	cache := inRegistry(reg.Host+"/team/cache", "max")
	p := project(t)
	first := p.On(one, cache.write)
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			other.Prune(t)
			reg.Break(func(w http.ResponseWriter, r *http.Request) bool {
				hit := strings.Contains(r.URL.Path, "/team/cache"+f.part)
				if hit {
					f.answer(w)
				}
				return hit
			})
			r := p.With(t).On(other, cache.read)
			r.RanAll()
			r.SameContent(first)
			if !f.silent {
				warned(t, r.Report)
			}
		})
	}
	reg.Break(nil)
	other.Prune(t)
	p.On(other, cache.read).Ran()
}

// warned checks that the failed import is among the steps, where clients show it.
func warned(t *testing.T, rep *buildrun.Report) {
	t.Helper()
	for _, s := range rep.Steps {
		if strings.HasPrefix(s.Name, "importing cache manifest") && s.Error != "" {
			return
		}
	}
	t.Errorf("nothing says that the cache is broken:\n%s", rep)
}

// TestLostLayers removes the layers of a cache whose manifest and config still
// exist, like a cleanup of the registry. BuildKit treats the steps as cached and
// misses the layers only when it needs their files; then the build fails. Without
// that cache it succeeds, even on the same daemon.
func TestLostLayers(t *testing.T) {
	one, other := two(t)
	reg := scenario.NewRegistry(t)
	cache := inRegistry(reg.Host+"/team/cache", "max")
	p := project(t)
	first := p.On(one, cache.write)
	config := cacheConfig(t, reg)
	reg.Break(func(w http.ResponseWriter, r *http.Request) bool {
		lost := strings.Contains(r.URL.Path, "/team/cache/blobs/") && !strings.Contains(r.URL.Path, config)
		if lost {
			w.WriteHeader(http.StatusNotFound)
		}
		return lost
	})
	r, err := p.Image(other, cache.read)
	if err == nil || !strings.Contains(err.Error(), "could not fetch content descriptor sha256:") {
		t.Errorf("the build did not say which layer is lost: %v\n%s", err, r.Report)
	}

	without := p.On(other)
	without.RanAll()
	without.SameContent(first)
	with := p.On(other, cache.read)
	with.Ran()
	with.SameContent(first)
}

// cacheConfig returns the digest of the cache's config.
func cacheConfig(t *testing.T, reg *scenario.Registry) string {
	t.Helper()
	resp, err := http.Get("http://" + reg.Host + "/v2/team/cache/manifests/latest")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var manifest struct {
		Config    ocispecs.Descriptor
		Manifests []ocispecs.Descriptor
	}
	if err := json.NewDecoder(resp.Body).Decode(&manifest); err != nil {
		t.Fatal(err)
	}
	for _, d := range append(manifest.Manifests, manifest.Config) {
		if strings.Contains(d.MediaType, "cacheconfig") {
			return d.Digest.String()
		}
	}
	t.Fatalf("the cache has no config: %+v", manifest)
	return ""
}
