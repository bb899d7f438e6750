package faults

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// fails answers 500 to requests under the path.
func fails(part string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, part) {
			return false
		}
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
}

// hangs never answers requests under the path, and reports that there is one.
func hangs(part string, asked chan<- struct{}) func(http.ResponseWriter, *http.Request) bool {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, part) {
			return false
		}
		select {
		case asked <- struct{}{}:
		default:
		}
		<-r.Context().Done()
		return true
	}
}

// onBase returns a project whose last stage is built on a new image of the
// registry.
func onBase(t *testing.T, reg *scenario.Registry) *scenario.Project {
	t.Helper()
	ref := reg.Host + "/base"
	scenario.Push(t, ref, scenario.Files{"unique": scenario.Unique()})
	return project(t, scenario.Files{"Dockerfile": earlier + "FROM " + ref + " AS last\nCOPY --from=earlier /first /second /\nRUN cat /unique\n"})
}

// parts are the parts of an image that a build requests: its manifest and its
// files.
var parts = map[string]string{"manifest": "/manifests/", "blob": "/blobs/"}

// onEachPart causes a fault of the registry in each part while the project is
// built. Afterwards the same project must build.
func onEachPart(t *testing.T, fault func(t *testing.T, d *scenario.Daemon, reg *scenario.Registry, p *scenario.Project, part string)) {
	t.Helper()
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		for name, part := range parts {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				reg := scenario.NewRegistry(t)
				p := onBase(t, reg)
				keepsCache(t, d, p, func() { fault(t, d, reg, p, part) })
				reg.Break(nil)
				p.On(d).Ran("COPY", "RUN cat /unique")
			})
		}
	})
}

func TestRegistryFails(t *testing.T) {
	onEachPart(t, func(t *testing.T, d *scenario.Daemon, reg *scenario.Registry, p *scenario.Project, part string) {
		reg.Break(fails(part))
		got, want := bothFail(t, d, p)
		tells(t, got, want, reg.Host+"/base", "500 Internal Server Error")
	})
}

// bothFail builds with Strata and with the reference in parallel, because both
// retry several times.
func bothFail(t *testing.T, d *scenario.Daemon, p *scenario.Project) (got, want error) {
	var wg sync.WaitGroup
	wg.Go(func() { _, want = p.Try(d, reference) })
	wg.Go(func() { _, got = p.Try(d) })
	wg.Wait()
	if got == nil || want == nil {
		t.Fatalf("the error is %v, that of the reference %v", got, want)
	}
	return got, want
}

// tells checks that the error contains the texts, like that of the reference.
func tells(t *testing.T, got, want error, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(got.Error(), text) || !strings.Contains(want.Error(), text) {
			t.Errorf("%q is not in the error\n%v\nor not in that of the reference\n%v", text, got, want)
		}
	}
}

// TestConfigIsNoJSON pushes an image whose manifest and digests are right and
// whose config is not.
func TestConfigIsNoJSON(t *testing.T) {
	onDaemon(t, func(t *testing.T, d *scenario.Daemon) {
		reg := scenario.NewRegistry(t)
		pushBadConfig(t, reg.Host, "bad", "no JSON")
		p := project(t, scenario.Files{"Dockerfile": earlier + "FROM " + reg.Host + "/bad\nCOPY --from=earlier /first /\n"})
		keepsCache(t, d, p, func() {
			got, want := bothFail(t, d, p)
			tells(t, got, want, "failed to parse image config", "invalid character 'o' in literal null")
			if !strings.Contains(got.Error(), reg.Host+"/bad") {
				t.Errorf("the error does not say whose config it is: %v", got)
			}
		})
	})
}

// pushBadConfig pushes an image without layers.
func pushBadConfig(t *testing.T, host, name, config string) {
	t.Helper()
	sum := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(config)))
	const kind = "application/vnd.oci.image.manifest.v1+json"
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":%q,"size":%d},"layers":[]}`,
		kind, sum, len(config))
	send(t, http.MethodPost, "http://"+host+"/v2/"+name+"/blobs/uploads/?digest="+sum, "application/octet-stream", config)
	send(t, http.MethodPut, "http://"+host+"/v2/"+name+"/manifests/latest", kind, manifest)
}

func send(t *testing.T, method, url, kind, body string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	req.RequestURI = "" // it is a client's
	req.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s: %s", url, resp.Status, said)
	}
}

// TestRegistryHangs cancels a build while the registry does not answer. The build
// must end at once.
func TestRegistryHangs(t *testing.T) {
	onEachPart(t, func(t *testing.T, d *scenario.Daemon, reg *scenario.Registry, p *scenario.Project, part string) {
		asked := make(chan struct{}, 1)
		reg.Break(hangs(part, asked))
		givesUp(t, d, p, asked)
	})
}

// givesUp cancels the build as soon as it waits for the registry.
func givesUp(t *testing.T, d *scenario.Daemon, p *scenario.Project, asked <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := p.TryContext(ctx, d)
		ended <- err
	}()
	select {
	case <-asked:
	case err := <-ended:
		t.Fatalf("the build has not waited for the registry: %v", err)
	}
	cancel()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
			t.Errorf("the error is %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the build goes on without its client")
	}
}
