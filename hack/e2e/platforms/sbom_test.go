package platforms

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// scanner is an SBOM scanner with BuildKit's interface. It makes a statement for
// each of its inputs: the files there, and its arguments.
const scanner = `#!/bin/sh
set -e
called="$* in $PWD as $SCANNER, depth $BUILDKIT_SCAN_DEPTH"
for source in $BUILDKIT_SCAN_SOURCE ${BUILDKIT_SCAN_SOURCE_EXTRAS:+$BUILDKIT_SCAN_SOURCE_EXTRAS/*}; do
	sees=$(cd $source && find . -type f -name 'seen*' | sort | tr '\n' ' ')
	file=$BUILDKIT_SCAN_DESTINATION/${source##*/}.spdx.json
	echo '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document",' > $file
	echo '"predicate":{"sees":"'"$sees"'","called":"'"$called"'"}}' >> $file
done
`

// pushScanner pushes an image whose scanner is the script, and returns its
// reference.
func pushScanner(t *testing.T, script string) string {
	t.Helper()
	ref := scenario.Env().Registry() + "/platforms/scanner-" + scenario.Unique()
	scenario.Push(t, ref, scenario.Files{"scan": script, "Dockerfile": `FROM busybox
COPY --chmod=755 scan /bin/
ENV SCANNER=scanner
WORKDIR /scanner
ENTRYPOINT ["/bin/scan", "entrypoint"]
CMD ["command"]
`})
	return ref
}

// scanned has files in two stages, in the context and in the result.
const scanned = `ARG BUILDKIT_SBOM_SCAN_CONTEXT
ARG BUILDKIT_SBOM_SCAN_STAGE
FROM --platform=$BUILDPLATFORM busybox AS tools
ARG CASE
WORKDIR /case/$CASE
COPY seen-in-context /seen-by-tools
FROM --platform=$BUILDPLATFORM busybox AS build
ARG CASE TARGETARCH
RUN --mount=from=tools,target=/tools echo $CASE > /seen-for-$TARGETARCH; cp /seen-for-$TARGETARCH /out
FROM busybox AS unused
COPY seen-in-context /seen-unused
FROM scratch
ARG TARGETARCH
COPY --from=build /out /seen-result-$TARGETARCH
`

// scanning returns a project with the files. Its image has a name, which is the
// subject of the attestation.
func scanning(t *testing.T, dockerfile string) *scenario.Project {
	t.Helper()
	p := scenario.Isolated(t, scenario.Files{"Dockerfile": dockerfile, "seen-in-context": "context\n"})
	p.Export["name"] = "example.com/image:1"
	return p
}

// sees returns the files that the scanner has read: "platform part: files".
func sees(t *testing.T, r *scenario.Result) []string {
	t.Helper()
	index := open(t, r)
	names := map[string]string{}
	for _, m := range index.Manifests {
		names[m.Digest.String()] = m.Platform.Architecture
	}
	var all []string
	for _, a := range index.Attested {
		var statement struct {
			PredicateType string
			Subject       []struct{ Digest map[string]string }
			Predicate     struct{ Sees, Called string }
		}
		if err := json.Unmarshal(a.Statement, &statement); err != nil {
			t.Fatal(err)
		}
		if statement.PredicateType != "https://spdx.dev/Document" || a.Type != statement.PredicateType {
			t.Errorf("an attestation is a %s, called a %s", statement.PredicateType, a.Type)
		}
		if len(statement.Subject) == 0 || "sha256:"+statement.Subject[0].Digest["sha256"] != a.Subject.String() {
			t.Errorf("the statement is about %v, and attached to %s", statement.Subject, a.Subject)
		}
		if want := "entrypoint command in /scanner as scanner, depth "; !strings.HasPrefix(statement.Predicate.Called, want) {
			t.Errorf("the scanner is called %q", statement.Predicate.Called)
		}
		depth := strings.TrimPrefix(statement.Predicate.Called, "entrypoint command in /scanner as scanner, depth ")
		all = append(all, strings.TrimSpace(names[a.Subject.String()]+" "+depth+": "+statement.Predicate.Sees))
	}
	slices.Sort(all)
	return all
}

func sbom(value string) change { return scenario.Option("attest:sbom", value) }

func TestSBOMs(t *testing.T) {
	generator := "generator=" + pushScanner(t, scanner)
	both := on("linux/amd64", "linux/arm64")
	core := []string{"amd64 : ./seen-result-amd64", "arm64 : ./seen-result-arm64"}
	context := []string{"amd64 : ./seen-in-context", "arm64 : ./seen-in-context"}
	tools := []string{"amd64 : ./seen-by-tools", "arm64 : ./seen-by-tools"}
	build := []string{"amd64 : ./seen-for-amd64", "arm64 : ./seen-for-arm64"}
	for _, c := range []struct {
		name    string
		changes []change
		want    []string
	}{
		{"several platforms", []change{both, sbom(generator)}, core},
		{"one platform", []change{on("linux/arm64"), sbom(generator)}, core[1:]},
		{"one platform as several", []change{on("linux/arm64"), scenario.Option("multi-platform", "1"), sbom(generator)}, core[1:]},
		{"no platform", []change{sbom(generator)}, core[:1]},
		{"by argument", []change{both, scenario.Arg("BUILDKIT_ATTEST_SBOM", generator)}, core},
		{"parameter", []change{on("linux/arm64"), sbom(generator + ",DEPTH=3")}, []string{"arm64 3: ./seen-result-arm64"}},
		{"context", []change{both, sbom(generator), scenario.Arg("BUILDKIT_SBOM_SCAN_CONTEXT", "true")}, slices.Concat(core, context)},
		{"not the context", []change{both, sbom(generator), scenario.Arg("BUILDKIT_SBOM_SCAN_CONTEXT", "false")}, core},
		{"all stages", []change{both, sbom(generator), scenario.Arg("BUILDKIT_SBOM_SCAN_STAGE", "true")}, slices.Concat(core, tools, build)},
		{"named stages", []change{both, sbom(generator), scenario.Arg("BUILDKIT_SBOM_SCAN_STAGE", "tools,unused")}, slices.Concat(core, tools)},
		{"all", []change{both, sbom(generator), scenario.Arg("BUILDKIT_SBOM_SCAN_STAGE", "true"), scenario.Arg("BUILDKIT_SBOM_SCAN_CONTEXT", "true")}, slices.Concat(core, tools, build, context)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := scanning(t, scanned).Same(c.changes...)
			want := slices.Sorted(slices.Values(c.want))
			if found := sees(t, got); !slices.Equal(found, want) {
				t.Errorf("the scanner sees %q, not %q", found, want)
			}
		})
	}
}

// TestScansOfDockerfile selects the scanned parts in the Dockerfile.
func TestScansOfDockerfile(t *testing.T) {
	generator := "generator=" + pushScanner(t, scanner)
	dockerfile := strings.NewReplacer(
		"AS tools\n", "AS tools\nARG BUILDKIT_SBOM_SCAN_STAGE=1\n", "FROM scratch\n", "FROM scratch\nARG BUILDKIT_SBOM_SCAN_CONTEXT=1\n",
	).Replace(scanned)
	got := scanning(t, dockerfile).Same(on("linux/arm64"), sbom(generator))
	if found := sees(t, got); !slices.Equal(found, []string{"arm64 : ./seen-by-tools", "arm64 : ./seen-in-context", "arm64 : ./seen-result-arm64"}) {
		t.Errorf("the scanner sees %q", found)
	}
}

// TestScanRuns counts the runs of the scanner: a scan is cached like any other
// step, and runs again with its stages.
func TestScanRuns(t *testing.T) {
	generator := sbom("generator=" + pushScanner(t, scanner))
	both := on("linux/amd64", "linux/arm64")
	d := scenario.Shared(t)
	p := scanning(t, scanned)
	noCache := func(b *buildrun.Build) { b.NoCache = true }
	build, scanBuild := scenario.Option("no-cache", "build"), scenario.Arg("BUILDKIT_SBOM_SCAN_STAGE", "build")
	for _, c := range []struct {
		name    string
		changes []change
		scans   int
	}{
		{"first", []change{scenario.Reference}, 2},
		{"other frontend", nil, 0},
		{"reference without cache", []change{scenario.Reference, noCache}, 2},
		{"without cache", []change{noCache}, 2},
		{"reference with a stage without cache", []change{scenario.Reference, build}, 0},
		{"a stage without cache", []change{build}, 2}, // the reference keeps the SBOM of the previous files
		{"reference with a scanned stage without cache", []change{scenario.Reference, build, scanBuild}, 2},
		{"a scanned stage without cache", []change{build, scanBuild}, 2},
	} {
		r := p.On(d, append(c.changes, both, generator)...)
		scans := 0
		for _, s := range r.Steps {
			if strings.Contains(s.Name, "generating sbom using ") && s.Ran() {
				scans++
			}
		}
		if scans != c.scans {
			t.Errorf("%s: the scanner runs %d times, not %d:\n%s", c.name, scans, c.scans, r.Report)
		}
	}
}

func TestBadScanners(t *testing.T) {
	none := scenario.Env().Registry() + "/platforms/no-scanner"
	empty := scenario.Env().Registry() + "/platforms/empty-scanner-" + scenario.Unique()
	scenario.Push(t, empty, scenario.Files{"Dockerfile": "FROM scratch\nCOPY file /\n", "file": "x\n"})
	failing := pushScanner(t, "#!/bin/sh\necho cannot scan this >&2; exit 3\n")
	babbling := pushScanner(t, "#!/bin/sh\necho nonsense > $BUILDKIT_SCAN_DESTINATION/x.json\n")
	other := pushScanner(t, `#!/bin/sh
echo '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://example.com/other","predicate":{}}' > $BUILDKIT_SCAN_DESTINATION/x.json
`)
	for _, c := range []struct{ name, value, reason, strata string }{
		{"not there", none, none + ":latest: not found", "the SBOM scanner " + none + ":latest"},
		{"without command", empty, "does not have cmd", "the SBOM scanner " + empty + ":latest"},
		{"failing", failing, "did not complete successfully: exit code: 3", ""},
		{"no statement", babbling, "cannot decode in-toto statement", ""},
		{"another statement", other, "does not match required predicate type https://spdx.dev/Document", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changes := []change{on("linux/amd64", "linux/arm64"), sbom("generator=" + c.value), func(b *buildrun.Build) {
				b.Exports = []buildrun.Export{buildrun.OCILayout(t.TempDir())}
			}}
			p := scanning(t, scanned)
			p.SameError(c.reason, changes...)
			if _, err := p.Try(scenario.Shared(t), changes...); err == nil || !strings.Contains(err.Error(), c.strata) {
				t.Errorf("the error is %v, without %q", err, c.strata)
			}
		})
	}
}
