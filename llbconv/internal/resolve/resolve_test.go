package resolve_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// baseTest is a graph whose bases are resolved on a gateway. The daemon's platforms
// are linux/amd64 and linux/arm64; the client names no platform.
type baseTest struct {
	gw    *difftest.Gateway
	graph *plan.Graph
	opt   resolve.Options
}

func newTest(t *testing.T, dockerfile string, options difftest.Options) baseTest {
	t.Helper()
	q := baseTest{gw: difftest.NewGateway(difftest.Case{Dockerfile: []byte(dockerfile), Options: options})}
	f, diags := syntax.Parse([]byte(dockerfile), nil)
	if f == nil {
		t.Fatal(diags.Err())
	}
	var names []ocispecs.Platform
	for _, name := range []string{"linux/amd64", "linux/arm64"} {
		names = append(names, platforms.MustParse(name))
	}
	q.opt = resolve.Options{
		Platforms: plan.NewPlatforms(nil, names),
		Images:    q.gw,
		Contexts:  q.gw.Contexts(),
	}
	globals, diags := plan.DeclareGlobals(f, q.opt.Platforms, "", nil, nil)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	q.graph, diags = plan.Build(f, globals, plan.Options{Platforms: q.opt.Platforms, Contexts: q.opt.Contexts})
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return q
}

// bases resolves the stages that the target needs.
func (q baseTest) bases(t *testing.T) (map[int]*resolve.Base, diag.List) {
	t.Helper()
	return resolve.Stages(t.Context(), q.graph, q.graph.Reachable(), nil, q.opt)
}

// describe describes the base of a stage. The digest is that of the name alone.
func describe(b *resolve.Base) string {
	if b == nil {
		return "nothing"
	}
	var parts []string
	add := func(holds bool, text string) {
		if holds {
			parts = append(parts, text)
		}
	}
	name, dgst, pinned := strings.Cut(b.Ref, "@")
	add(b.Ref != "", name)
	add(pinned && dgst == string(digest.FromString("index of "+name)), "pinned")
	add(b.Empty, "empty")
	add(b.ReplacesStage, "replaces")
	add(b.Content.State.Output() != nil, "state")
	add(b.Original != nil && b.Config.Created == nil, "config")
	if b.Platform != nil {
		parts = append(parts, platforms.Format(*b.Platform))
	}
	return strings.Join(parts, " ")
}

func TestBases(t *testing.T) {
	images := map[string]difftest.Image{
		"undigested": {NoDigest: true},
		"policy":     {ResolvedTo: "docker.io/library/other:1"},
	}
	contexts := map[string]string{"build": "docker-image://ubuntu", "debian": "docker-image://ubuntu", "files": "local:files", "centos": "local:files"}
	const fixed = "@sha256:0123456789012345678901234567890123456789012345678901234567890123"
	for dockerfile, want := range map[string]string{
		"FROM busybox":                          "docker.io/library/busybox:latest pinned config linux/amd64",
		"FROM busybox:1.36":                     "docker.io/library/busybox:1.36 pinned config linux/amd64",
		"FROM busybox:1.36" + fixed:             "docker.io/library/busybox:1.36 config linux/amd64",
		"FROM --platform=linux/s390x busybox":   "docker.io/library/busybox:latest pinned config linux/s390x",
		"FROM undigested":                       "docker.io/library/undigested:latest config linux/amd64",
		"FROM policy":                           "docker.io/library/other:1 config linux/amd64",
		"FROM test/no-layers":                   "config linux/amd64",
		"FROM test/no-layers-history":           "docker.io/test/no-layers-history:latest pinned config linux/amd64",
		"FROM test/empty-layers-history":        "config linux/amd64",
		"FROM test/arm64-only":                  "docker.io/test/arm64-only:latest pinned config linux/arm64",
		"FROM test/s390x-only":                  "docker.io/test/s390x-only:latest pinned config linux/amd64", // not the platform of the daemon
		"FROM --platform=amd64 test/arm64-only": "docker.io/test/arm64-only:latest pinned config linux/amd64",
		"FROM scratch":                          "empty linux/amd64",
		"FROM --platform=linux/s390x scratch":   "empty linux/amd64",
		"FROM debian":                           "state config linux/amd64", // a named context
		"FROM centos":                           "state config linux/amd64",
		"FROM golang AS build":                  "replaces state linux/amd64",
		"FROM golang AS files":                  "replaces state",
		"FROM --platform=arm64 golang AS files": "replaces state linux/arm64",
	} {
		q := newTest(t, dockerfile, difftest.Options{Images: images, NamedContexts: contexts})
		known, diags := q.bases(t)
		if got := describe(known[q.graph.Target.Index]); got != want || diags.Err() != nil {
			t.Errorf("%s: %s, want %s (%v)", dockerfile, got, want, diags.Err())
		}
	}
}

// A base that several stages share is resolved once for each platform. A base that
// is known or not needed is not resolved.
func TestAskedOnce(t *testing.T) {
	q := newTest(t, `FROM busybox AS a
FROM busybox:latest AS b
FROM --platform=arm64 busybox AS c
FROM alpine AS unused
FROM busybox
COPY --from=a / /
COPY --from=b / /
COPY --from=c / /
COPY --from=busybox / /
COPY --from=debian / /
`, difftest.Options{})
	known, diags := q.bases(t)
	if err := diags.Err(); err != nil || len(known) != 6 {
		t.Fatalf("%d bases, %v", len(known), err)
	}
	for image, want := range map[string]int{"busybox": 3, "debian": 1, "alpine": 0} { // busybox and busybox:latest are two names
		if n := q.gw.Calls()["ResolveImageConfig docker.io/library/"+image+":latest"]; n != want {
			t.Errorf("%s: asked %d times, want %d", image, n, want)
		}
	}
	before := q.gw.Calls()["ResolveImageConfig"]
	if again, _ := resolve.Stages(t.Context(), q.graph, q.graph.Reachable(), known, q.opt); len(again) != 0 {
		t.Errorf("%d bases are resolved again", len(again))
	}
	if n := q.gw.Calls()["ResolveImageConfig"]; n != before {
		t.Errorf("%d images are asked for again", n-before)
	}
}

// Every invalid stage is reported, in the order of the stages.
func TestErrors(t *testing.T) {
	images := map[string]difftest.Image{
		"garbled": {Raw: "{"},
		"absent":  {Error: "docker.io/library/absent:latest: no match for platform in manifest: not found"},
	}
	q := newTest(t, `FROM no/image AS a
FROM busybox AS b
FROM garbled AS c
FROM UPPER AS unused
FROM absent AS d
FROM scratch
COPY --from=a / /
COPY --from=b / /
COPY --from=c / /
COPY --from=d / /
`, difftest.Options{Images: images})
	known, diags := q.bases(t)
	want := []string{
		"1: no/image: docker.io/no/image:latest: not found",
		"3: failed to parse image config of docker.io/library/garbled:latest: unexpected end of JSON input",
		`4: failed to parse stage name "UPPER": invalid reference format: repository name (library/UPPER) must be lowercase (an image is named like registry/name:tag, in lower case)`,
		"5: absent: docker.io/library/absent:latest: no match for platform in manifest: not found (the image does not exist for linux/amd64; build for a platform that it has, or select one with FROM --platform=...)",
	}
	var got []string
	for _, d := range diags {
		got = append(got, fmt.Sprint(d.Line(), ": ", d.Text()))
	}
	if !slices.Equal(got, want) || len(known) != 2 {
		t.Errorf("%d bases, errors:\n%s\nwant:\n%s", len(known), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// together answers after a number of images have been requested.
type together struct {
	source.Images
	wait sync.WaitGroup
}

func (r *together) ResolveImageConfig(ctx context.Context, ref string, opt sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	r.wait.Done()
	r.wait.Wait()
	return r.Images.ResolveImageConfig(ctx, ref, opt)
}

// All images are requested at the same time.
func TestAskedTogether(t *testing.T) {
	q := newTest(t, "FROM busybox AS a\nFROM alpine AS b\nFROM debian\nCOPY --from=a / /\nCOPY --from=b / /\n", difftest.Options{})
	images := &together{Images: q.gw}
	images.wait.Add(3)
	q.opt.Images = images
	done := make(chan int)
	go func() {
		known, _ := q.bases(t)
		done <- len(known)
	}()
	select {
	case n := <-done:
		if n != 3 {
			t.Errorf("%d bases", n)
		}
	case <-time.After(time.Minute):
		t.Fatal("an image waits for the answer about another")
	}
}

// The config of a base is the image's own, without its creation time.
func TestConfig(t *testing.T) {
	config := json.RawMessage(`{"created":"2024-01-02T03:04:05Z","config":{"Env":["A=1"],"OnBuild":["RUN x"]}}`)
	q := newTest(t, "FROM own", difftest.Options{Images: map[string]difftest.Image{"own": {Config: config}}})
	known, diags := q.bases(t)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	base := known[q.graph.Target.Index]
	if got := base.Config.Config; !slices.Equal(got.Env, []string{"A=1"}) || !slices.Equal(got.OnBuild, []string{"RUN x"}) || base.Config.Created != nil {
		t.Errorf("config %+v, created %v", got, base.Config.Created)
	}
	if base.Original.Created == nil {
		t.Error("the config as it was found has no time")
	}
}
