package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// release runs a command of .github/workflows/release.yml with the loopback
// registry instead of GHCR and Docker Hub, and returns its output.
func release(t *testing.T, dir, command string) string {
	t.Helper()
	if _, err := scenario.Env().Tool(t.Context(), "buildx"); err != nil {
		t.Fatal(err)
	}
	to := scenario.Env().Registry()
	set := "export BUILDX=buildx VERSION=1.4.2 REVISION=0123abc SOURCE_DATE_EPOCH=" + sourceDate + " REGISTRY=" + to + "/," + to + "/mirror/\n"
	out, err := runCommand(t, dir, "sh", "-ec", set+command)
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return out
}

// script returns the path of a script of hack/release.
func script(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join(checkout(t), "hack", "release", name)
}

// tagged returns a folder with docker-bake.hcl, in a Git repository with the tags of
// the versions.
func tagged(t *testing.T, versions string) string {
	t.Helper()
	dir := writeFiles(t, map[string]string{"docker-bake.hcl": readFile(t, checkout(t), "docker-bake.hcl")})
	release(t, dir, "git init --quiet\n"+
		"git -c user.name=test -c user.email=test commit --quiet --allow-empty --message=test\n"+
		"for v in "+versions+"; do git tag v$v; done")
	return dir
}

// TestReleaseNames publishes 1.4.2 after 1.5.0. The names that 1.5.0 has stay there.
func TestReleaseNames(t *testing.T) {
	dir, to := tagged(t, "1.4.1 1.4.2 1.5.0 1.5.1-rc.1 2.0.0-rc.1"), scenario.Env().Registry()+"/"+scenario.Unique()+"/"
	digestOf := func(name string) string {
		return strings.TrimSpace(release(t, dir, "$BUILDX imagetools inspect --format '{{.Manifest.Digest}}' "+name))
	}
	digests := map[string]string{}
	for _, version := range []string{"1.5.0", "1.4.2"} {
		built := to + "built:" + version
		build(t, buildrun.Build{
			Frontend: buildrun.Builtin,
			Context:  writeFiles(t, map[string]string{"Dockerfile": "FROM busybox\nLABEL version=" + version + "\n"}),
			Exports:  []buildrun.Export{buildrun.Push(built)},
		})
		release(t, dir, "$BUILDX imagetools create --tag "+built+"-index "+built)
		digests[version] = digestOf(built + "-index")
		release(t, dir, "export VERSION="+version+" REGISTRY="+to+"\n"+
			script(t, "unpublished.sh")+" "+digests[version]+"\n"+
			script(t, "publish.sh")+" "+built+"-index\n"+
			script(t, "unpublished.sh")+" "+digests[version])
	}
	for name, version := range map[string]string{"1.5.0": "1.5.0", "1.5": "1.5.0", "1": "1.5.0", "1.4.2": "1.4.2", "1.4": "1.4.2"} {
		if got := digestOf(to + "stratabuild/strata:" + name); got != digests[version] {
			t.Errorf("%s is %s, and not %s of %s", name, got, digests[version], version)
		}
	}
	again := release(t, dir, "export REGISTRY="+to+"\n! "+script(t, "unpublished.sh")+" "+digests["1.5.0"])
	if !strings.Contains(again, "strata:1.4.2 is already "+digests["1.4.2"]) {
		t.Errorf("another image for 1.4.2 is refused with %q", again)
	}
}

// TestRelease bakes a release for all platforms, gives it its tags, and builds a
// part of it again.
func TestRelease(t *testing.T) {
	publishScanner(t)
	candidate := scenario.Env().Registry() + "/stratabuild/strata:build-" + scenario.Unique()
	bake(t, "release --push --set release.tags="+candidate)
	index, manifest := scenario.Index(t, candidate)
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	release(t, tagged(t, "1.4.1 1.4.2"), script(t, "publish.sh")+" "+candidate+"@"+digest.String())
	for _, name := range []string{"stratabuild/strata:1.4.2", "stratabuild/strata:1", "mirror/stratabuild/strata:1.4"} {
		named, _ := scenario.Index(t, scenario.Env().Registry()+"/"+name)
		if got, err := named.Digest(); err != nil || got != digest {
			t.Errorf("%s is %s, not %s: %v", name, got, digest, err)
		}
	}
	digests := release(t, checkout(t), "hack/release/digests.sh "+candidate)
	checkPlatforms(t, index, manifest, digests)
	notes := release(t, checkout(t), "hack/release/notes.sh Unreleased "+candidate+"@"+digest.String())
	for _, want := range []string{"strata:Unreleased@" + digest.String(), "### Added", "| linux/arm/v7 | `sha256:"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the release notes lack %s:\n%s", want, notes)
		}
	}
	checkRebuild(t, digests)
}

// publishScanner pushes a small SBOM scanner under the name of BuildKit's own
// scanner.
func publishScanner(t *testing.T) {
	t.Helper()
	const script = "#!/bin/sh\n" +
		`echo '{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":{"spdxVersion":"SPDX-2.3"}}' > $BUILDKIT_SCAN_DESTINATION/sbom.spdx.json` + "\n"
	build(t, buildrun.Build{
		Frontend: buildrun.Builtin,
		Context: writeFiles(t, map[string]string{
			"scan": script, "Dockerfile": "FROM busybox\nCOPY --chmod=755 scan /\nENTRYPOINT [\"/scan\"]\n",
		}),
		Exports: []buildrun.Export{buildrun.Push(scenario.Env().Registry() + "/docker/buildkit-syft-scanner:stable-1")},
	})
}

// checkPlatforms checks that there is an image for each platform, that digests
// lists it, and that it has both attestations.
func checkPlatforms(t *testing.T, index v1.ImageIndex, manifest *v1.IndexManifest, digests string) {
	t.Helper()
	attested := map[string][]string{}
	for _, d := range manifest.Manifests {
		img, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if d.Platform.OS == "unknown" {
			attested[d.Annotations["vnd.docker.reference.digest"]] = predicates(t, img)
			continue
		}
		platform := d.Platform.String()
		if !strings.Contains(digests, platform+" "+d.Digest.String()+"\n") {
			t.Errorf("%s has the digest %s, but listed are\n%s", platform, d.Digest, digests)
		}
		checkFrontendImage(t, platform, img)
		if platform == "linux/amd64" {
			checkVersion(t, img)
		}
	}
	if n := strings.Count(digests, "\n"); n != len(machines) || len(attested) != n {
		t.Errorf("%d platforms, %d of them attested:\n%s", n, len(attested), digests)
	}
	for digest, types := range attested {
		if !slices.Equal(types, []string{"https://slsa.dev/provenance/v1", "https://spdx.dev/Document"}) {
			t.Errorf("the attestations of %s are %q", digest, types)
		}
	}
}

// predicates returns the types of an image's attestations.
func predicates(t *testing.T, img v1.Image) []string {
	t.Helper()
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]bool{}
	for _, l := range manifest.Layers {
		types[l.Annotations["in-toto.io/predicate-type"]] = true
	}
	return slices.Sorted(maps.Keys(types))
}

// checkVersion starts the program of the image like "docker run IMAGE -version".
func checkVersion(t *testing.T, img v1.Image) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "strata-frontend")
	if err := os.WriteFile(program, regularFiles(t, img)["bin/strata-frontend"], 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := runCommand(t, "", program, "-version")
	if err != nil || !strings.HasPrefix(out, "strata-frontend 1.4.2 0123abc\nequals docker/dockerfile 1.") {
		t.Errorf("the version is %q: %v", out, err)
	}
}

// checkRebuild builds the release for one platform from a copy of the source, like
// a user who verifies it, and compares the digest.
func checkRebuild(t *testing.T, digests string) {
	t.Helper()
	dir := copySource(t, "")
	writeFile(t, filepath.Join(dir, "docker-bake.hcl"), readFile(t, checkout(t), "docker-bake.hcl"))
	again := scenario.Env().Registry() + "/rebuilt/strata:" + scenario.Unique()
	release(t, dir, "$BUILDX bake release --push --set release.platform=linux/arm64 --set release.tags="+again)
	rebuilt := release(t, checkout(t), "hack/release/digests.sh "+again)
	if !strings.HasPrefix(rebuilt, "linux/arm64 sha256:") || !strings.Contains(digests, rebuilt) {
		t.Errorf("rebuilt is %sand released was\n%s", rebuilt, digests)
	}
}
