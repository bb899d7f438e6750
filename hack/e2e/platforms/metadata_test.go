package platforms

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// often starts from the same image in several stages, and reads from it in others.
const often = `FROM --platform=$BUILDPLATFORM BASE AS build
FROM --platform=$BUILDPLATFORM BASE AS test
COPY --from=build /bin /tested
FROM BASE AS base
FROM BASE AS more
COPY --from=test /tested /tested
FROM base
COPY --from=more /tested /tested
COPY --from=BASE /bin /more
`

// TestMetadataIsAskedOnce counts the requests to a registry of a daemon with an
// empty cache: the config of each platform is requested once, for all stages.
func TestMetadataIsAskedOnce(t *testing.T) {
	reg := scenario.NewRegistry(t)
	base := reg.Host + "/base"
	scenario.PushFor(t, base, "linux/amd64", "linux/arm64")
	p := scenario.Isolated(t, scenario.Files{"Dockerfile": strings.ReplaceAll(often, "BASE", base)})
	build := func(changes ...change) (steps, asked []string) {
		d := scenario.Fresh(t)
		reg.Asked("")
		r := p.On(d, append(changes, on("linux/amd64", "linux/arm64"))...)
		asked = reg.Asked("/base/")
		for _, s := range r.Steps {
			if strings.Contains(s.Name, "load metadata for") {
				steps = append(steps, s.Name)
			}
		}
		slices.Sort(steps)
		slices.Sort(asked)
		return steps, asked
	}
	wantSteps, wantAsked := build(scenario.Reference)
	steps, asked := build()
	if want := []string{
		fmt.Sprintf("[linux/amd64 internal] load metadata for %s:latest", base), fmt.Sprintf("[linux/arm64 internal] load metadata for %s:latest", base),
	}; !slices.Equal(steps, want) || !slices.Equal(wantSteps, want) {
		t.Errorf("Strata shows %q, and the reference %q", steps, wantSteps)
	}
	if got, want := slices.Compact(slices.Clone(asked)), slices.Compact(wantAsked); !slices.Equal(got, want) {
		t.Errorf("the registry is asked for %q, and by the reference's build for %q", got, want)
	}
	heads := 0
	for _, request := range asked {
		if strings.HasPrefix(request, "HEAD ") {
			heads++
		}
	}
	if heads != 2 {
		t.Errorf("the registry is asked %d times for two platforms: %q", heads, asked)
	}
}
