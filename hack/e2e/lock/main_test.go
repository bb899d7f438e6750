// Package lock builds with a Dockerfile.lock while the pinned sources move: tags of
// a registry, files of an HTTP server and branches of a Git repository.
package lock

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/crane"
	gcr "github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestMain(m *testing.M) { scenario.Main(m, "lock", "busybox") }

type change = scenario.Change

// moving is a project whose sources can move. The Dockerfile calls them BASE, TOOL,
// FILE and REPO.
type moving struct {
	*scenario.Project
	t        *testing.T
	registry *scenario.Registry
	repo     *scenario.Repository
	names    *strings.Replacer
	version  int
	file     atomic.Int64 // the version of the file
	asked    atomic.Int64 // number of requests for the file
	digests  map[string]string
}

const dockerfile = `FROM busybox AS run
RUN --mount=from=TOOL,target=/m cp /m/version /ran
FROM BASE
COPY --from=TOOL /version /tool
COPY --from=run /ran /ran
ADD FILE /file
ADD REPO /repo/
`

// holds returns the files of a build of a version.
func holds(version int) scenario.Files {
	v := fmt.Sprint(version)
	return scenario.Files{"version": v, "ran": v, "tool": v, "file": v, "repo/version": v}
}

// newMoving makes the sources, at version 1, and a project of a Dockerfile.
func newMoving(t *testing.T, dockerfile string) *moving {
	t.Helper()
	m := &moving{t: t, registry: scenario.NewRegistry(t)}
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		m.asked.Add(1)
		fmt.Fprintln(w, m.file.Load())
	}))
	t.Cleanup(files.Close)
	git := scenario.NewGitServer(t)
	m.repo = git.Repository(t, "repo")
	m.names = strings.NewReplacer("BASE", m.registry.Host+"/team/base:1", "TOOL", m.registry.Host+"/team/tool:1",
		"HOST", m.registry.Host, "FILE", files.URL+"/file", "REPO", git.HTTP+m.repo.Path+"#main")
	m.move()
	m.file.Store(1)
	m.Project = scenario.New(t, scenario.Files{"Dockerfile": m.names.Replace(dockerfile)})
	return m
}

// move moves the sources to the next version, except for the file, which a daemon
// can have in one version only.
func (m *moving) move() {
	m.t.Helper()
	m.version++
	version := fmt.Sprintln(m.version)
	m.digests = map[string]string{}
	for _, name := range []string{"BASE", "TOOL"} {
		m.digests[name] = push(m.t, m.names.Replace(name), version, "amd64")
	}
	m.digests["REPO"] = m.repo.Commit(scenario.Files{"version": version})
}

// push pushes an image that contains its version, for platforms of Linux: as an
// index if there are several. It returns the digest.
func push(t *testing.T, name, version string, architectures ...string) string {
	t.Helper()
	ref, err := gcr.ParseReference(name, gcr.Insecure)
	must(t, err)
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	var image v1.Image
	for _, arch := range architectures {
		image, err = crane.Image(map[string][]byte{"version": []byte(version)})
		must(t, err)
		config, err := image.ConfigFile()
		must(t, err)
		config = config.DeepCopy()
		config.OS, config.Architecture = "linux", arch
		config.Created.Time = built
		config.Config.Labels = map[string]string{"org.opencontainers.image.version": "v" + strings.TrimSpace(version)}
		image, err = mutate.ConfigFile(image, config)
		must(t, err)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	var pushed interface{ Digest() (v1.Hash, error) } = image
	if len(architectures) > 1 {
		pushed = index
		must(t, remote.WriteIndex(ref, index))
	} else {
		must(t, remote.Write(ref, image))
	}
	sum, err := pushed.Digest()
	must(t, err)
	return sum.String()
}

// sumOf returns the digest of a text.
func sumOf(text string) string { return digest.FromString(text).String() }

// built is the creation time of the images.
var built = time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask makes a request about the Dockerfile.
func (m *moving) ask(d *scenario.Daemon, request string, changes ...change) (text, data, status string, err error) {
	m.t.Helper()
	b := m.Build
	b.Context = m.Dir
	b.Frontend = scenario.Frontend()
	for _, change := range append(changes, scenario.Option("requestid", "frontend."+request)) {
		change(&b)
	}
	answer, err := buildrun.Ask(m.t.Context(), d.Client, b)
	return string(answer["result.txt"]), string(answer["result.json"]), string(answer["result.statuscode"]), err
}

// lock writes Dockerfile.lock, and returns it.
func (m *moving) lock(d *scenario.Daemon, changes ...change) string {
	m.t.Helper()
	text, _, _, err := m.ask(d, "lock", changes...)
	if err != nil {
		m.t.Fatal(err)
	}
	m.Write("Dockerfile.lock", text)
	return text
}

// check returns the answer of lockcheck, and checks its status.
func (m *moving) check(d *scenario.Daemon, status string, changes ...change) string {
	m.t.Helper()
	text, _, got, err := m.ask(d, "lockcheck", changes...)
	if err != nil || got != status {
		m.t.Fatalf("status %q, want %q (%v)\n%s", got, status, err, text)
	}
	return text
}

// says checks that a text contains other texts.
func says(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("it lacks %q:\n%s", w, text)
		}
	}
}
