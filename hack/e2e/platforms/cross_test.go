package platforms

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// cross compiles on the daemon's own platform, and emulates nothing. Steps that do
// not depend on the target are above ARG TARGETARCH.
const cross = `FROM --platform=$BUILDPLATFORM busybox AS tools
COPY compiler /bin/
FROM --platform=$BUILDPLATFORM tools AS build
WORKDIR /src
RUN cat /bin/compiler > shared
ARG BUILDPLATFORM
ARG TARGETOS
ARG TARGETARCH
ARG TARGETVARIANT
RUN sh /bin/compiler > program
FROM scratch AS files
COPY --from=build /src/program /bin/
FROM files
COPY --link --from=build /src/ /src/
ENTRYPOINT ["/bin/program"]
`

// compiler makes a program that prints its platform.
const compiler = "echo $BUILDPLATFORM for $TARGETOS/$TARGETARCH$TARGETVARIANT in "

// targets are the platforms of one build.
var targets = []string{"linux/amd64", "linux/arm64", "linux/arm/v7"}

// TestCrossCompilation builds with one frontend and then with the other, in both
// orders: each uses the results of the first, and each runs the steps that all
// platforms share only once.
func TestCrossCompilation(t *testing.T) {
	strata := func(*buildrun.Build) {}
	reference := buildTwice(t, scenario.Reference, strata)
	got := buildTwice(t, strata, scenario.Reference)
	if !maps.Equal(got, reference) {
		t.Errorf("the reference runs %v, and Strata %v", reference, got)
	}
	for step, times := range map[string]int{
		"[tools 2/2] COPY compiler /bin/": 1, "[build 1/3] WORKDIR /src": 1, "[build 2/3] RUN cat /bin/compiler > shared": 1,
		"[build 3/3] RUN sh /bin/compiler > program": len(targets), "[files 1/1] COPY --from=build /src/program /bin/": len(targets),
		"[stage-3 1/1] COPY --link --from=build /src/ /src/": len(targets),
	} {
		if got[step] != times {
			t.Errorf("%s runs %d times, not %d", step, got[step], times)
		}
	}
}

// forPlatform matches the platform in the name of a step. If several platforms
// share a step, its name has any of them.
var forPlatform = regexp.MustCompile(`^\[linux/[a-z0-9/]+(->arm64|->arm/v7)? `)

// buildTwice builds a project with two frontends, and returns how often the first
// of them runs each step.
func buildTwice(t *testing.T, first, second change) map[string]int {
	t.Helper()
	d := scenario.Shared(t)
	unique := scenario.Unique()
	p := scenario.Isolated(t, scenario.Files{"Dockerfile": cross, "compiler": compiler + unique + "\n"})
	ran := p.On(d, on(targets...), first)
	ran.RanAll()
	again := p.On(d, on(targets...), second)
	again.Ran()
	again.SameExport(ran)
	for i, img := range imagesOf(t, again) {
		root := t.TempDir()
		if err := img.Unpack(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		program, err := os.ReadFile(filepath.Join(root, "bin/program"))
		if want := "linux/amd64 for " + strings.ReplaceAll(targets[i], "/v7", "v7") + " in " + unique + "\n"; string(program) != want {
			t.Errorf("the program is %q, not %q (%v)", program, want, err)
		}
	}
	times := map[string]int{}
	for _, step := range ran.Report.Ran() {
		times[forPlatform.ReplaceAllString(step, "[")]++
	}
	return times
}
