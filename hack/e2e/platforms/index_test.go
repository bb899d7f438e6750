package platforms

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// forAll builds for any platform without running a program of that platform.
const forAll = `FROM --platform=$BUILDPLATFORM busybox AS build
ARG CASE TARGETPLATFORM TARGETVARIANT
RUN echo $CASE $TARGETPLATFORM $TARGETVARIANT > /built
FROM scratch
ARG TARGETOS TARGETARCH
ENV FOR=$TARGETOS/$TARGETARCH
COPY --from=build /built /
LABEL arch=$TARGETARCH
`

// TestIndexes reads the exports of one platform, and of several.
func TestIndexes(t *testing.T) {
	native := platforms.Format(platforms.DefaultSpec())
	for _, c := range []struct {
		name    string
		changes []change
		single  bool     // an image, and not an index
		want    []string // the platforms, in the order of the index
	}{
		{name: "two", changes: []change{on("linux/amd64", "linux/arm64")}, want: []string{"linux/amd64", "linux/arm64"}},
		{name: "order", changes: []change{on("linux/arm64", "linux/amd64")}, want: []string{"linux/arm64", "linux/amd64"}},
		{
			name: "variants", changes: []change{on("linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "linux/amd64/v2", "linux/amd64/v1")},
			want: []string{"linux/arm/v6", "linux/arm/v7", "linux/arm64", "linux/amd64/v2", "linux/amd64"},
		},
		{name: "many", changes: []change{on("linux/386", "linux/ppc64le", "linux/s390x", "linux/riscv64", "linux/loong64", "linux/mips64le")}, want: []string{
			"linux/386", "linux/ppc64le", "linux/s390x", "linux/riscv64", "linux/loong64", "linux/mips64le",
		}},
		{name: "other names", changes: []change{on("linux/x86_64", "linux/aarch64", "linux/armhf")}, want: []string{"linux/amd64", "linux/arm64", "linux/arm/v7"}},
		{name: "other systems", changes: []change{on("freebsd/amd64", "darwin/arm64", "wasip1/wasm")}, want: []string{"freebsd/amd64", "darwin/arm64", "wasip1/wasm"}},
		{name: "one", changes: []change{on("linux/arm64")}, single: true, want: []string{"linux/arm64"}},
		{name: "none", single: true, want: []string{native}},
		{name: "one as several", changes: []change{on("linux/arm64"), scenario.Option("multi-platform", "true")}, want: []string{"linux/arm64"}},
		{name: "none as several", changes: []change{scenario.Option("multi-platform", "1")}, want: []string{native}},
		{name: "one as several by argument", changes: []change{on("linux/arm64"), scenario.Arg("BUILDKIT_MULTI_PLATFORM", "1")}, want: []string{"linux/arm64"}},
		{name: "one as one", changes: []change{on("linux/arm64"), scenario.Option("multi-platform", "false")}, single: true, want: []string{"linux/arm64"}},
		{
			name:    "argument before option",
			changes: []change{on("linux/arm64"), scenario.Option("multi-platform", "true"), scenario.Arg("BUILDKIT_MULTI_PLATFORM", "0")},
			single:  true, want: []string{"linux/arm64"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			index := open(t, scenario.Isolated(t, scenario.Files{"Dockerfile": forAll}).Same(c.changes...))
			if single := index.Top.MediaType == ocispecs.MediaTypeImageManifest; single != c.single {
				t.Errorf("the export is a %s", index.Top.MediaType)
			}
			if got := platformsOf(t, index); !slices.Equal(got, c.want) {
				t.Errorf("it holds %q, not %q", got, c.want)
			}
		})
	}
}

// platformsOf returns the platforms of the images, which must be the same in the
// index and in the configs.
func platformsOf(t *testing.T, index *export) (found []string) {
	t.Helper()
	images, err := index.images()
	if err != nil {
		t.Fatal(err)
	}
	for i, img := range images {
		config := platforms.FormatAll(img.Config.Platform)
		if p := index.Manifests[i].Platform; p != nil && platforms.FormatAll(*p) != config {
			t.Errorf("%s in the index is %s in its config", platforms.FormatAll(*p), config)
		}
		found = append(found, config)
	}
	return found
}

// TestFolders exports several platforms as files: each has a folder.
func TestFolders(t *testing.T) {
	p := scenario.Isolated(t, scenario.Files{"Dockerfile": forAll})
	export := func(changes ...change) map[string]string {
		dir := t.TempDir()
		local := func(b *buildrun.Build) {
			b.Exports = []buildrun.Export{buildrun.Local(dir).With("source-date-epoch", "1700000000")}
		}
		if rep, err := p.Try(scenario.Shared(t), append(changes, on("linux/amd64", "linux/arm/v7"), local)...); err != nil {
			t.Fatalf("%v\n%s", err, rep)
		}
		tree := scenario.Tree(t, dir)
		return tree
	}
	want, got := export(scenario.Reference), export()
	if !maps.Equal(got, want) {
		t.Errorf("the files are %q, and the reference's %q", got, want)
	}
	for _, file := range []string{"/linux_amd64/built", "/linux_arm_v7/built"} {
		if want[file] == "" {
			t.Errorf("%s is missing in %q", file, want)
		}
	}
}

// TestPushed builds on an index that was pushed: each platform uses its own image.
func TestPushed(t *testing.T) {
	p := scenario.Isolated(t, scenario.Files{"Dockerfile": forAll})
	ref := scenario.Env().Registry() + "/platforms/" + scenario.Unique()
	push := func(b *buildrun.Build) { b.Exports = []buildrun.Export{buildrun.Push(ref)} }
	both := on("linux/amd64", "linux/arm64")
	if rep, err := p.Try(scenario.Shared(t), both, push); err != nil {
		t.Fatalf("%v\n%s", err, rep)
	}
	above := scenario.Isolated(t, scenario.Files{"Dockerfile": "FROM " + ref + "\nARG CASE\nLABEL above=$FOR\nWORKDIR /case/$CASE\n"})
	for _, img := range imagesOf(t, above.Same(both)) {
		if got, want := img.Config.Config.Labels["above"], platforms.Format(img.Config.Platform); got != want {
			t.Errorf("the image for %s is built on that for %s", want, got)
		}
	}
}

func TestBadPlatforms(t *testing.T) {
	several := on("linux/amd64", "linux/arm64")
	for _, c := range []struct {
		name, reason string
		changes      []change
	}{
		{"no platform", `failed to parse target platform a/b/c/d/e`, []change{on("a/b/c/d/e")}},
		{"empty among several", `failed to parse target platform`, []change{on("linux/amd64", "")}},
		{"several as one", "returning multiple target platforms is not allowed", []change{several, scenario.Option("multi-platform", "false")}},
		{"no boolean", "invalid boolean value for multi-platform: maybe", []change{scenario.Option("multi-platform", "maybe")}},
		{"no boolean as argument", "invalid boolean value for multi-platform: maybe", []change{scenario.Arg("BUILDKIT_MULTI_PLATFORM", "maybe")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario.Isolated(t, scenario.Files{"Dockerfile": forAll}).SameError(c.reason, c.changes...)
		})
	}
	t.Run("several for a Docker archive", func(t *testing.T) {
		t.Parallel()
		archive := func(b *buildrun.Build) {
			b.Exports = []buildrun.Export{buildrun.Docker(filepath.Join(t.TempDir(), "image.tar"), "several")}
		}
		scenario.Isolated(t, scenario.Files{"Dockerfile": forAll}).SameError("docker exporter does not currently support exporting manifest lists", several, archive)
	})
}
