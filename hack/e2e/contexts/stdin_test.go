package contexts

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"testing"

	"github.com/moby/buildkit/session/upload/uploadprovider"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// image runs buildx and exports the image to a folder of the test.
func image(t *testing.T, c scenario.Buildx, more ...string) *scenario.Result {
	t.Helper()
	layout := filepath.Join(t.TempDir(), "image")
	c.Args = slices.Concat(c.Args, more, []string{"--provenance=false", "-o", "type=oci,tar=false,source-date-epoch=1700000000,dest=" + layout})
	return c.Result(t, layout)
}

// sameByBuildx is Same for buildx, which selects Strata by a build argument.
func sameByBuildx(t *testing.T, c scenario.Buildx) *scenario.Result {
	t.Helper()
	unique := []string{"--build-arg", "CASE=" + scenario.Unique()}
	want := image(t, c, unique...)
	want.RanAll()
	got := image(t, c, append(unique, "--build-arg", "BUILDKIT_SYNTAX="+scenario.Frontend())...)
	got.Ran()
	got.SameExport(want)
	return got
}

// uploaded returns a tar as the context that a client sends on demand, like buildx
// with its standard input. Each build sends it again.
func uploaded(data []byte) change {
	return func(b *buildrun.Build) {
		up := uploadprovider.New()
		b.Context = up.Add(io.NopCloser(bytes.NewReader(data)))
		b.Attach = append(slices.Clone(b.Attach), up)
	}
}

// The Dockerfile of a tar on standard input is outside it. No buildx sends that,
// but other clients do.
func TestDockerfileOutsideTheTar(t *testing.T) {
	p := scenario.Isolated(t, scenario.Files{"own": copyTo("/own")})
	r := p.Same(uploaded(archive(t, archiveFiles)), dockerfile(filepath.Join(p.Dir, "own")))
	r.Holds(scenario.Files{"/own/file": "archived"})
}

// The standard input is a context, or only the Dockerfile.
func TestStandardInput(t *testing.T) {
	p := scenario.New(t, scenario.Files{
		"ctx/Dockerfile": copyAll, "ctx/file": "folder\n", "own": copyTo("/own"), "outside/dockerfile": copyTo("/outside"),
	})
	plain := archive(t, archiveFiles)
	for _, c := range []struct {
		name  string
		stdin string
		args  []string
		holds scenario.Files
	}{
		{name: "tar", stdin: string(plain), args: []string{"-"}, holds: scenario.Files{"/src/file": "archived"}},
		{name: "gzip", stdin: string(gzipped(t, plain)), args: []string{"-"}, holds: scenario.Files{"/src/file": "archived"}},
		{
			name: "tar with another Dockerfile in it", stdin: string(plain), args: []string{"-f", "sub/Dockerfile", "-"},
			holds: scenario.Files{"/sub/file": "archived"},
		},
		{
			name: "Dockerfile", stdin: copyTo("/input"), args: []string{"-"},
			holds: scenario.Files{"/input/file": scenario.Absent, "/input/Dockerfile": scenario.Absent},
		},
		{
			name: "Dockerfile for a folder", stdin: copyTo("/input"), args: []string{"-f", "-", "ctx"},
			holds: scenario.Files{"/input/file": "folder"},
		},
		{name: "nothing", args: []string{"-f", "own", "ctx"}, holds: scenario.Files{"/own/file": "folder"}},
		{name: "nothing in lower case", args: []string{"-f", "outside/Dockerfile", "ctx"}, holds: scenario.Files{"/outside/file": "folder"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := sameByBuildx(t, scenario.Buildx{Dir: p.Dir, Stdin: c.stdin, Args: append([]string{"build"}, c.args...)})
			r.Holds(c.holds)
		})
	}
}
