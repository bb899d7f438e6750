package options

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// scanner is an SBOM scanner with BuildKit's interface that lists files.
const scanner = `#!/bin/sh
list() { (cd "$1" && find . -name 'scanned*' | sort | tr '\n' ' '); }
for s in $BUILDKIT_SCAN_SOURCE ${BUILDKIT_SCAN_SOURCE_EXTRAS:+${BUILDKIT_SCAN_SOURCE_EXTRAS}*}; do
	echo '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document",' \
		'"predicate":{"seen":"'"${s##*/}: $(list "$s")"'"}}' > "$BUILDKIT_SCAN_DESTINATION/${s##*/}.spdx.json"
done
`

// pushScanner pushes the scanner's image and returns the value of the option.
func pushScanner(t *testing.T) string {
	t.Helper()
	ref := scenario.Env().Registry() + "/options/scanner-" + scenario.Unique()
	scenario.Push(t, ref, scenario.Files{
		"Dockerfile": "FROM busybox\nCOPY --chmod=755 scan /\nENTRYPOINT [\"/scan\"]\n", "scan": scanner,
	})
	return "generator=" + ref
}

// scanned returns the files that the scanner has read.
func scanned(o *outcome) string {
	var all []string
	err := fs.WalkDir(os.DirFS(o.layout), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(o.layout + "/" + name)
		if err != nil || !bytes.Contains(raw, []byte(`"https://spdx.dev/Document"`)) {
			return err
		}
		var statement struct{ Predicate struct{ Seen string } }
		if json.Unmarshal(raw, &statement) == nil && statement.Predicate.Seen != "" {
			all = append(all, statement.Predicate.Seen)
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	slices.Sort(all)
	return strings.Join(all, "\n") + o.failure()
}

// scannedFiles has a stage whose files are only partly in the image.
var scannedFiles = scenario.Files{
	"Dockerfile": `ARG BUILDKIT_SBOM_SCAN_CONTEXT
ARG BUILDKIT_SBOM_SCAN_STAGE
FROM busybox AS other
ARG CASE
RUN echo $CASE > /scanned-stage; cp /scanned-stage /scanned-result
FROM scratch
COPY --from=other /scanned-result /
COPY scanned-context /
`,
	"scanned-context": "x\n",
}

var sbomThemes = []theme{
	{
		name: "attestation", files: scannedFiles,
		before: func(t *testing.T) []change { return []change{scenario.Option("generator", pushScanner(t))} },
		effects: []effect{
			{option: "attest:NAME", with: []change{copyOption("generator", "attest:sbom")}, see: scanned},
			{option: "build-arg:BUILDKIT_ATTEST_NAME", with: []change{copyOption("generator", "build-arg:BUILDKIT_ATTEST_SBOM")}, see: scanned},
		},
	},
	{
		name: "more to scan", files: scannedFiles,
		before: func(t *testing.T) []change { return []change{scenario.Option("attest:sbom", pushScanner(t))} },
		effects: []effect{
			{option: "build-arg:BUILDKIT_SBOM_SCAN_CONTEXT", with: []change{scenario.Option("build-arg:BUILDKIT_SBOM_SCAN_CONTEXT", "1")}, see: scanned},
			{option: "build-arg:BUILDKIT_SBOM_SCAN_STAGE", with: []change{scenario.Option("build-arg:BUILDKIT_SBOM_SCAN_STAGE", "other")}, see: scanned},
		},
	},
}
