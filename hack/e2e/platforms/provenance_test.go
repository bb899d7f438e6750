package platforms

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// proven uses sources of every kind, a secret, and an agent.
const proven = `FROM --platform=$BUILDPLATFORM busybox AS build
ARG CASE
ARG TARGETARCH
WORKDIR /case/$CASE
ADD URL /downloaded
RUN --mount=type=secret,id=token --mount=type=ssh,id=agent --mount=from=named,target=/named echo $TARGETARCH > /built
FROM BASE
COPY --from=build /built /
COPY file /
`

func provenance(value string) change { return scenario.Option("attest:provenance", value) }

// provenFiles returns a project with these sources.
func provenFiles(t *testing.T) scenario.Files {
	t.Helper()
	downloads := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("downloaded\n")) // the build reports a missing file
	}))
	t.Cleanup(downloads.Close)
	dockerfile := strings.NewReplacer("URL", downloads.URL+"/download", "FROM BASE", bases(t).Replace("FROM BOTH")).Replace(proven)
	return scenario.Files{"Dockerfile": dockerfile, "file": "file\n"}
}

// fromGit builds a commit with the files.
func fromGit(t *testing.T, files scenario.Files) (change, string) {
	t.Helper()
	server := scenario.NewGitServer(t)
	r := server.Repository(t, "proven")
	commit := r.Commit(files)
	return func(b *buildrun.Build) { b.Context = server.HTTP + r.Path + "#main" }, commit
}

// TestProvenance compares the provenance of builds with both frontends: everything
// except the frontend and the times must be the same.
func TestProvenance(t *testing.T) {
	files := provenFiles(t)
	git, commit := fromGit(t, files)
	dockerfile := base64.StdEncoding.EncodeToString([]byte(files["Dockerfile"]))
	input := func(b *buildrun.Build) {
		b.Inputs = map[string]llb.State{"in": llb.Scratch().File(llb.Mkfile("/f", 0o644, nil))}
	}
	named := scenario.Option("context:named", "docker-image://busybox")
	both := on("linux/amd64", "linux/arm64")
	label := scenario.Option("label:label", "labelled")
	sources := []string{"pkg:docker/busybox@latest", "/download", "platforms/"}
	steps := append(sources, dockerfile, `"llbDefinition"`, `"locations"`, `"token"`, `"agent"`, `"build-arg:CASE"`)
	for _, c := range []struct {
		name    string
		changes []change
		holds   []string
		lacks   []string
	}{
		{"min", []change{both, named, provenance("mode=min")}, sources, []string{"llbDefinition", "build-arg:", "token", "agent"}},
		{"max", []change{both, named, provenance("mode=max")}, steps, nil},
		{"no mode", []change{named, provenance("")}, steps, nil},
		{"one platform", []change{on("linux/arm64"), named, provenance("mode=max")}, steps, nil},
		{"older version", []change{both, named, provenance("mode=max,version=v0.2")}, append(sources, dockerfile, `"materials"`, `"llbDefinition"`), nil},
		{"older version, min", []change{both, named, provenance("mode=min,version=v0.2")}, append(sources, `"materials"`), []string{"llbDefinition"}},
		{"by argument", []change{named, scenario.Arg("BUILDKIT_ATTEST_PROVENANCE", "mode=min")}, sources, []string{"llbDefinition"}},
		{"git", []change{git, both, named, provenance("mode=max")}, append(steps, commit, "/proven.git"), nil},
		{"git, min", []change{git, both, named, provenance("mode=min")}, append(sources, commit, "/proven.git"), []string{"llbDefinition"}},
		{"input", []change{both, input, scenario.Option("context:named", "input:in"), provenance("mode=max")}, steps, nil},
		{"label and builder", []change{label, named, provenance("mode=max,builder-id=https://example.com/b,reproducible=true")}, append(steps, "labelled", "https://example.com/b"), nil},
		{"complete materials", []change{git, named, provenance("mode=max,complete-materials=true")}, append(steps, `"resolvedDependencies":true`), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, files)
			p.Export["name"] = "example.com/image:1"
			p.ByImage = true // a part of the provenance
			d := scenario.Shared(t)
			changes := append(c.changes, withSecrets(t))
			want := statements(t, p.On(d, append(changes, scenario.Reference)...), false)
			got := statements(t, p.On(d, changes...), true)
			sameStatements(t, got, want)
			for i, st := range got {
				for _, part := range c.holds {
					if !st.has(part) {
						t.Errorf("statement %d lacks %s:\n%s", i, part, st.text)
					}
				}
				for _, part := range c.lacks {
					if st.has(part) {
						t.Errorf("statement %d has %s", i, part)
					}
				}
				if packed := st.has(`"llbDefinition"`); packed != (len(st.layers) > 0) {
					t.Errorf("statement %d tells the layers of %d steps", i, len(st.layers))
				}
			}
		})
	}
}

// TestProvenanceBesideSBOM makes both attestations: the scanner must be among the
// materials.
func TestProvenanceBesideSBOM(t *testing.T) {
	scanner := pushScanner(t, scanner)
	p := scanning(t, scanned)
	p.ByImage = true // a part of the provenance
	changes := []change{on("linux/amd64", "linux/arm64"), sbom("generator=" + scanner), provenance("mode=max")}
	d := scenario.Shared(t)
	want := statements(t, p.On(d, append(changes, scenario.Reference)...), false)
	got := statements(t, p.On(d, changes...), true)
	sameStatements(t, got, want)
	var sboms, provenances int
	for _, st := range got {
		switch {
		case st.has(`"predicateType":"https://spdx.dev/Document"`):
			sboms++
		case st.has("platforms/" + path.Base(scanner) + "@latest"):
			provenances++
		}
	}
	if sboms != 2 || provenances != 2 {
		t.Errorf("%d SBOMs and %d provenances that name the scanner, among %v", sboms, provenances, got)
	}
}

func TestBadProvenance(t *testing.T) {
	files := provenFiles(t)
	for _, c := range []struct{ name, value, reason string }{
		{"mode", "mode=most", `invalid mode "most"`},
		{"materials of a folder", "mode=max,complete-materials=true", "provenance materials are incomplete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			export := func(b *buildrun.Build) { b.Exports = []buildrun.Export{buildrun.OCILayout(t.TempDir())} }
			scenario.Isolated(t, files).SameError(c.reason, export, scenario.Option("context:named", "docker-image://busybox"), withSecrets(t), provenance(c.value))
		})
	}
}
