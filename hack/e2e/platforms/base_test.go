package platforms

import (
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// bases returns references of images for other platforms.
func bases(t *testing.T) *strings.Replacer {
	t.Helper()
	var names []string
	for name, platforms := range map[string][]string{
		"BOTH": {"linux/amd64", "linux/arm64"}, "AMD": {"linux/amd64"}, "ARM": {"linux/arm64"}, "V6": {"linux/arm/v6", "linux/amd64"},
	} {
		ref := scenario.Env().Registry() + "/platforms/" + scenario.Unique()
		scenario.PushFor(t, ref, platforms...)
		names = append(names, name, ref)
	}
	return strings.NewReplacer(names...)
}

// wrongBase returns the warning of a base image of another platform.
func wrongBase(image, has, want, line string) string {
	return `InvalidBaseImagePlatform: Base image ` + image + ` was pulled with platform "` + has + `", expected "` + want +
		`" for current build (line ` + line + `)`
}

// TestBaseImages builds on images that have the platform, and on images of a single
// platform, which are used anyway, with a warning.
func TestBaseImages(t *testing.T) {
	names := bases(t)
	for _, c := range []struct {
		name, from string
		platforms  []string
		warnings   []string
	}{
		{name: "index", from: "FROM BOTH", platforms: []string{"linux/arm64"}},
		{name: "index for both", from: "FROM BOTH", platforms: []string{"linux/arm64", "linux/amd64"}},
		{name: "variant that is less", from: "FROM V6", platforms: []string{"linux/arm/v7"}},
		{name: "single", from: "FROM AMD", platforms: []string{"linux/amd64"}},
		{name: "single for another", from: "FROM AMD", platforms: []string{"linux/arm64"}, warnings: []string{wrongBase("AMD", "linux/amd64", "linux/arm64", "1")}},
		{name: "single where none is asked for", from: "FROM ARM", warnings: []string{wrongBase("ARM", "linux/arm64", "linux/amd64", "1")}},
		{
			name: "single for both, the wrong one first", from: "FROM AMD", platforms: []string{"linux/arm64", "linux/amd64"},
			warnings: []string{wrongBase("AMD", "linux/amd64", "linux/arm64", "1")},
		},
		{name: "single for both, the wrong one last", from: "FROM AMD", platforms: []string{"linux/amd64", "linux/arm64"}},
		{
			name: "single by flag", from: "ARG BASE=linux/arm64\nFROM --platform=$BASE AMD",
			warnings: []string{wrongBase("AMD", "linux/amd64", "linux/arm64", "2")},
		},
		{
			name: "copied from", from: "FROM scratch\nCOPY --from=AMD /bin /bin", platforms: []string{"linux/arm64"},
			warnings: []string{wrongBase("AMD", "linux/amd64", "linux/arm64", "2")},
		},
		{name: "the builder's", from: "FROM --platform=$BUILDPLATFORM BOTH", platforms: []string{"linux/s390x", "linux/arm64"}},
		{name: "not needed", from: "FROM --platform=linux/s390x BOTH AS other\nFROM AMD", platforms: []string{"linux/amd64"}, warnings: []string{
			`FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/s390x" (line 1)`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": names.Replace(c.from) + "\nARG CASE\nWORKDIR /case/$CASE\n"})
			d := scenario.Shared(t)
			want := p.On(d, on(c.platforms...), scenario.Reference)
			got := p.On(d, on(c.platforms...))
			got.SameExport(want)
			warnings := slices.Clone(c.warnings)
			for i := range warnings {
				warnings[i] = names.Replace(warnings[i])
			}
			for _, r := range []*scenario.Result{want, got} {
				if found := said(r); !slices.Equal(found, warnings) {
					t.Errorf("it warns of %q, not of %q", found, warnings)
				}
			}
		})
	}
}

// said returns the warnings of a build.
func said(r *scenario.Result) (all []string) {
	for _, w := range r.Warnings {
		all = append(all, string(w.Short))
	}
	slices.Sort(all)
	return all
}

// TestMissingPlatforms cannot build: Strata names the missing platform.
func TestMissingPlatforms(t *testing.T) {
	names := bases(t)
	const none, missing = "no match for platform in manifest", "the image does not exist for "
	for _, c := range []struct {
		name, from     string
		platforms      []string
		reason, strata string
	}{
		{"base", "FROM BOTH", []string{"linux/s390x"}, none, missing + "linux/s390x"},
		{"one of several", "FROM BOTH", []string{"linux/amd64", "linux/s390x", "linux/arm64"}, none, missing + "linux/s390x"},
		{"by flag", "FROM --platform=linux/s390x BOTH", nil, none, missing + "linux/s390x"},
		{"variant that is more", "FROM V6", []string{"linux/arm/v5"}, none, missing + "linux/arm/v5"},
		{"copied from", "FROM scratch\nCOPY --from=BOTH / /", []string{"linux/s390x"}, none, missing + "linux/s390x"},
		{"mounted", "FROM --platform=$BUILDPLATFORM AMD\nRUN --mount=from=BOTH,target=/m true", []string{"linux/s390x"}, none, missing + "linux/s390x"},
		{"of no known form", "FROM --platform=a/b/c/d/e BOTH", nil, "failed to parse platform a/b/c/d/e", "failed to parse platform a/b/c/d/e"},
		{"of an empty argument", "ARG NOTHING\nFROM --platform=$NOTHING BOTH", nil, "empty platform value from expression $NOTHING", "$NOTHING"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": names.Replace(c.from) + "\nCOPY Dockerfile /\n"})
			p.SameError(c.reason, on(c.platforms...))
			if _, err := p.Try(scenario.Shared(t), on(c.platforms...)); err == nil || !strings.Contains(err.Error(), c.strata) {
				t.Errorf("the error is %v, without %q", err, c.strata)
			}
		})
	}
}
