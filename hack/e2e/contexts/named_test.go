package contexts

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// named gives a context a name: a folder, or a reference with a scheme.
func named(name, where string) change {
	return func(b *buildrun.Build) {
		all := map[string]string{name: where}
		maps.Copy(all, b.Named)
		b.Named = all
	}
}

func layout(t *testing.T, name, dir string) change {
	t.Helper()
	store, err := local.NewStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	return func(b *buildrun.Build) { b.Stores = map[string]content.Store{name: store} }
}

// input sets a frontend input, like a client that has built it before.
func input(name string, st llb.State) change {
	return func(b *buildrun.Build) {
		all := map[string]llb.State{name: st}
		maps.Copy(all, b.Inputs)
		b.Inputs = all
	}
}

// fileState is a state of one file.
func fileState(name, content string) llb.State {
	return llb.Scratch().File(llb.Mkfile(name, 0o644, []byte(content)))
}

// inputMetadata returns the image config of an input in the form that clients send.
func inputMetadata(t *testing.T, config string) string {
	t.Helper()
	meta, err := json.Marshal(map[string][]byte{exptypes.ExporterImageConfigKey: []byte(config)})
	if err != nil {
		t.Fatal(err)
	}
	return string(meta)
}

// contextImage is an image with a file and a config, and its places.
type contextImage struct {
	ref, digest string
	layout      string // a folder with the same image
}

func newContextImage(t *testing.T) contextImage {
	t.Helper()
	p := scenario.New(t, scenario.Files{
		"Dockerfile": "FROM busybox\nENV FROM_IMAGE=1\nWORKDIR /in\nCOPY file /file\n", "file": "image\n",
	})
	p.Export = map[string]string{"source-date-epoch": "1700000000"}
	img := contextImage{ref: scenario.Env().Registry() + "/contexts/" + scenario.Unique()}
	img.digest = p.Push(img.ref)
	img.layout = p.On(scenario.Shared(t), scenario.Reference).Layout
	return img
}

// ociLayout returns the image in the layout under a name, in the form that clients
// use.
func (i contextImage) ociLayout(t *testing.T, name string) []change {
	t.Helper()
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM " + i.ref + "\n"})
	r := p.On(scenario.Shared(t), scenario.Reference)
	return []change{layout(t, name, r.Layout), named("ctx", "oci-layout://"+name+"@"+r.Image.Digest.String())}
}

// source is a named context ctx that contains /file.
type source struct {
	name    string
	file    string // its content
	changes []change
}

// sources are contexts of every kind.
func sources(t *testing.T) []source {
	t.Helper()
	img, git := newContextImage(t), newGitFixture(t)
	url := serve(t, map[string][]byte{"/context": []byte("http\n")})
	folder := scenario.New(t, scenario.Files{"file": "folder\n", ".dockerignore": "ignored\n", "ignored": "x\n"})
	return []source{
		{"image", "image", []change{named("ctx", "docker-image://"+img.ref)}},
		{"image by digest", "image", []change{named("ctx", "docker-image://"+img.ref+"@"+img.digest)}},
		{"layout", "image", img.ociLayout(t, "store")},
		{"folder", "folder", []change{named("ctx", folder.Dir)}},
		{"git", "branch sub", []change{named("ctx", git.HTTP+git.path+"#feature/x:sub")}},
		{"git protocol", "main", []change{named("ctx", git.Git+git.path+"?tag=v1")}},
		{"http", "", []change{named("ctx", url+"/context")}},
		{"input", "input", []change{input("in", fileState("/file", "input\n")), scenario.Option("context:ctx", "input:in")}},
		{"input with config", "input", []change{
			input("in", fileState("/file", "input\n")), scenario.Option("context:ctx", "input:in"),
			scenario.Option("input-metadata:in", inputMetadata(t, `{"os":"linux","architecture":"amd64","config":{"Env":["FROM_INPUT=1"],"WorkingDir":"/in"}}`)),
		}},
	}
}

// Each kind of context is copied from, mounted, and used as a base.
func TestNamedContexts(t *testing.T) {
	for _, src := range sources(t) {
		name := "file"
		if src.file == "" { // a download has one name only
			name, src.file = "context", "http"
		}
		t.Run(src.name+"/read", func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": "FROM busybox\nARG CASE\nWORKDIR /case/$CASE\n" +
				"COPY --from=ctx /" + name + " /copied\n" +
				"RUN --mount=from=ctx,target=/m cp /m/" + name + " /mounted && ls -A /m > /list\n"})
			r := p.Same(src.changes...)
			r.Holds(scenario.Files{"/copied": src.file, "/mounted": src.file})
		})
		t.Run(src.name+"/base", func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": "FROM busybox AS case\nARG CASE\nWORKDIR /case/$CASE\n" +
				"FROM ctx\nCOPY --from=case /case /case\nENV AFTER=$FROM_IMAGE$FROM_INPUT\n"})
			build := p.Same
			if src.name == "folder" {
				build = func(changes ...change) *scenario.Result { return sameAgain(t, p, changes...) }
			}
			build(src.changes...).Holds(scenario.Files{"/" + name: src.file})
		})
	}
}

// sameAgain is Same for contexts that BuildKit cannot find in its cache: a folder
// that is used as a base is different in every session.
func sameAgain(t *testing.T, p *scenario.Project, changes ...change) *scenario.Result {
	t.Helper()
	d := scenario.Shared(t)
	want := p.On(d, append(slices.Clone(changes), scenario.Reference)...)
	again := p.On(d, append(slices.Clone(changes), scenario.Reference)...)
	got := p.On(d, changes...)
	if len(again.Report.Ran()) == 0 {
		t.Errorf("the reference finds its own steps:\n%s", again)
	}
	got.Ran(again.Report.Ran()...)
	got.SameContent(want)
	return got
}

// overriding are contexts that replace a name in the Dockerfile.
func TestOverriding(t *testing.T) {
	img := newContextImage(t)
	image := "docker-image://" + img.ref
	const after = "ARG CASE\nWORKDIR /case/$CASE\nCOPY --from=donor /file* /\n"
	donor := named("donor", image)
	multi := scenario.Env().Registry() + "/contexts/" + scenario.Unique()
	scenario.PushFor(t, multi, "linux/amd64", "linux/arm64")
	for _, c := range []struct {
		name, dockerfile string
		changes          []change
		holds            scenario.Files
	}{
		{
			name: "a stage", dockerfile: "FROM busybox AS builder\nRUN false\nFROM busybox\nARG CASE\nWORKDIR /case/$CASE\nCOPY --from=builder /file /\n",
			changes: []change{named("builder", image)}, holds: scenario.Files{"/file": "image"},
		},
		{
			name: "a stage, in another case", dockerfile: "FROM busybox AS Builder\nRUN false\nFROM busybox\nARG CASE\nWORKDIR /case/$CASE\nCOPY --from=builder /file /\n",
			changes: []change{named("builder", image)}, holds: scenario.Files{"/file": "image"},
		},
		{
			name: "a stage that is built on", dockerfile: "FROM busybox AS builder\nRUN false\nFROM builder\n" + after,
			changes: []change{named("builder", image), donor}, holds: scenario.Files{"/file": "image"},
		},
		{
			name: "a stage by a folder", dockerfile: "FROM busybox AS builder\nRUN false\nFROM busybox\nARG CASE\nWORKDIR /case/$CASE\nCOPY --from=builder /file /\n",
			changes: []change{named("builder", scenario.New(t, scenario.Files{"file": "folder\n"}).Dir)}, holds: scenario.Files{"/file": "folder"},
		},
		{
			name: "an image", dockerfile: "FROM nowhere/none\n" + after,
			changes: []change{named("nowhere/none", image), donor}, holds: scenario.Files{"/file": "image"},
		},
		{
			name: "an image by its full name", dockerfile: "FROM busybox:latest\n" + after,
			changes: []change{named("docker.io/library/busybox", image), donor}, holds: scenario.Files{},
		},
		{
			name: "an image by its tag", dockerfile: "FROM none:1\n" + after + "COPY --from=none:1 /file /x\n",
			changes: []change{named("none:1", image), donor}, holds: scenario.Files{"/x": "image"},
		},
		{
			name: "the empty image", dockerfile: "FROM busybox AS case\nARG CASE\nWORKDIR /case/$CASE\nFROM none\nCOPY --from=case /case /case\n",
			changes: []change{named("none", "docker-image://scratch")}, holds: scenario.Files{"/bin": scenario.Absent},
		},
		{
			name: "for this platform", dockerfile: "FROM none\n" + after,
			changes: []change{named("none", "docker-image://nowhere/none"), named("none::linux/amd64", image), donor}, holds: scenario.Files{"/file": "image"},
		},
		{
			name: "for another platform", dockerfile: "FROM none\n" + after,
			changes: []change{named("none", image), named("none::linux/arm64", "docker-image://nowhere/none"), donor}, holds: scenario.Files{"/file": "image"},
		},
		{
			name: "one for each of two platforms", dockerfile: "FROM none\n" + after,
			changes: []change{
				named("none::linux/amd64", image), named("none::linux/arm64", "docker-image://"+multi), donor,
				func(b *buildrun.Build) { b.Platforms = []string{"linux/amd64", "linux/arm64"} },
			},
			holds: scenario.Files{"/file": "image"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario.Isolated(t, scenario.Files{"Dockerfile": c.dockerfile}).Same(c.changes...).Holds(c.holds)
		})
	}
}

func TestBadNamedContexts(t *testing.T) {
	broken := scenario.New(t, scenario.Files{"file": "x\n", ".dockerignore": "[\n"})
	for _, c := range []struct {
		name, reason string
		changes      []change
	}{
		{"unknown scheme", "unsupported context source ftp for ctx", []change{named("ctx", "ftp://x/y")}},
		{"no scheme", "invalid context specifier", []change{scenario.Option("context:ctx", "nothing")}},
		{"no such image", "nowhere/none", []change{named("ctx", "docker-image://nowhere/none")}},
		{"bad reference", "invalid reference format", []change{named("ctx", "docker-image://x:y:z")}},
		{"layout without digest", "has no digest", []change{named("ctx", "oci-layout://store:tag")}},
		{"no such layout", "unable to get info about digest", []change{named("ctx", "oci-layout://store@sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1")}},
		{"no such input", "invalid input none for ctx", []change{scenario.Option("context:ctx", "input:none")}},
		{"target without bake", "unsupported context source target for ctx", []change{scenario.Option("context:ctx", "target:x")}},
		{"git without repository", "invalid git context", []change{scenario.Option("context:ctx", "git:nothing")}},
		{"folder that is not sent", "nothing", []change{scenario.Option("context:ctx", "local:nothing")}},
		{"broken ignore file", "syntax error in pattern", []change{named("ctx", broken.Dir)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// Without a base image, which all builds would look up at once: when one of them
			// fails, the daemon can cancel the look-up of another.
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": "FROM scratch\nCOPY --from=ctx /file /\n"})
			p.SameError(c.reason, c.changes...)
		})
	}
}
