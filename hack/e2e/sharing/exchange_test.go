package sharing

import (
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestReferenceAndStrata fills a cache in a registry with BuildKit's own frontend
// and uses it with Strata, and the reverse.
func TestReferenceAndStrata(t *testing.T) {
	one, other := two(t)
	builtin := func(b *buildrun.Build) { b.Frontend = buildrun.Builtin }
	strata := func(*buildrun.Build) {}
	for _, c := range []struct {
		name         string
		fills, takes func(*buildrun.Build)
	}{
		{"the reference fills", builtin, strata},
		{"Strata fills", strata, builtin},
	} {
		t.Run(c.name, func(t *testing.T) {
			one.Prune(t)
			other.Prune(t)
			cache, p := inRegistry(name(t), "max"), project(t)
			first := p.On(one, c.fills, cache.write)
			first.RanAll()
			second := p.On(other, c.takes, cache.read)
			second.Ran()
			second.Holds(result)
			second.SameContent(first)
		})
	}
}

// TestPlatforms fills a cache for one platform. Another platform must not use its
// steps, even on the same layers.
func TestPlatforms(t *testing.T) {
	one, other := two(t)
	base, cache := name(t)+":1", inRegistry(name(t), "max")
	// Both platforms have the same files, so that the steps run on this machine.
	scenario.PushFor(t, base, "linux/amd64", "linux/arm64")
	p := scenario.New(t, scenario.Files{"Dockerfile": `FROM --platform=$BUILDPLATFORM ` + base + ` AS cross
ARG TARGETARCH
RUN echo for $TARGETARCH > /cross

FROM ` + base + `
RUN echo same > /same
COPY --from=cross /cross /
`})
	platform := func(name string) func(*buildrun.Build) {
		return func(b *buildrun.Build) { b.Platforms = []string{"linux/" + name} }
	}
	p.On(one, platform("amd64"), cache.write).RanAll()

	arm := p.On(other, platform("arm64"), cache.read)
	arm.RanAll()
	arm.Holds(scenario.Files{"/cross": "for arm64", "/same": "same"})
	if got := arm.Image.Config.Architecture; got != "arm64" {
		t.Errorf("the image is for %s", got)
	}
	amd := p.On(other, platform("amd64"), cache.read)
	amd.Ran()
	amd.Holds(scenario.Files{"/cross": "for amd64"})
}
