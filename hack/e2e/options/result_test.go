package options

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// mediaType returns whether the export is an image or an index.
func mediaType(o *outcome) string {
	raw, err := base64.StdEncoding.DecodeString(o.Response[exptypes.ExporterImageDescriptorKey])
	if err != nil {
		return err.Error()
	}
	var desc ocispecs.Descriptor
	if err := json.Unmarshal(raw, &desc); err != nil {
		return err.Error()
	}
	return desc.MediaType + o.failure()
}

// warnings returns the warnings of the build.
func warnings(o *outcome) string {
	var all []string
	for _, w := range o.Warnings {
		all = append(all, string(w.Short))
	}
	slices.Sort(all)
	return strings.Join(all, "\n") + o.failure()
}

// steps returns the names of the steps that contain the text.
func steps(text string) func(*outcome) string {
	return func(o *outcome) string {
		var all []string
		for _, s := range o.Steps {
			if strings.Contains(s.Name, text) {
				all = append(all, s.Name)
			}
		}
		return strings.Join(all, "\n")
	}
}

var resultThemes = []theme{
	{
		name: "image",
		files: scenario.Files{
			"Dockerfile": "FROM scratch AS first\nCOPY first /\nFROM scratch as second\nARG CASE=none VALUE=none\nLABEL case=$CASE value=$VALUE\nCOPY second /\n",
			"first":      "1\n", "second": "2\n",
		},
		effects: []effect{
			{option: "target", with: []change{scenario.Option("target", "first")}, see: names},
			{option: "platform", with: []change{scenario.Option("platform", "linux/arm64")}, see: config},
			{option: "platform", name: "several", with: []change{scenario.Option("platform", "linux/arm64,linux/amd64")}, see: mediaType},
			{option: "multi-platform", with: []change{scenario.Option("multi-platform", "true")}, see: mediaType},
			{option: "multi-platform", name: "forbidden", with: []change{scenario.Option("multi-platform", "false"), scenario.Option("platform", "linux/arm64,linux/amd64")}, see: failure},
			{option: "build-arg:BUILDKIT_MULTI_PLATFORM", with: []change{scenario.Option("build-arg:BUILDKIT_MULTI_PLATFORM", "1")}, see: mediaType},
			{option: "build-arg:NAME", with: []change{scenario.Option("build-arg:VALUE", "given")}, see: config},
			{option: "label:NAME", with: []change{scenario.Option("label:more", "given")}, see: config},
			{option: "build-arg:BUILDKIT_DOCKERFILE_CHECK", with: []change{scenario.Option("build-arg:BUILDKIT_DOCKERFILE_CHECK", "skip=all")}, see: warnings},
			{
				option: "build-arg:BUILDKIT_DOCKERFILE_CHECK", name: "error",
				with: []change{scenario.Option("build-arg:BUILDKIT_DOCKERFILE_CHECK", "error=true")}, see: failure,
			},
			{option: "frontend.caps", with: []change{scenario.Option("frontend.caps", "moby.buildkit.frontend.unheard")}, see: failure},
			{option: "override-copy-image", with: []change{scenario.Option("override-copy-image", "busybox")}, see: failure},
			{option: "build-arg:BUILDKIT_DISABLE_FILEOP", with: []change{scenario.Option("build-arg:BUILDKIT_DISABLE_FILEOP", "1")}, see: failure},
			{option: "build-arg:BUILDKIT_SYNTAX", with: []change{scenario.Option("build-arg:BUILDKIT_SYNTAX", "127.0.0.1:9/no/frontend")}, see: steps("127.0.0.1:9/no/frontend")},
		},
	},
	{
		name:  "another frontend",
		files: scenario.Files{"Dockerfile": "# syntax=127.0.0.1:9/no/frontend\nFROM scratch\nCOPY Dockerfile /\n"},
		effects: []effect{
			{option: "cmdline", with: []change{scenario.Option("cmdline", "127.0.0.1:9/no/frontend")}, see: names},
		},
	},
}
