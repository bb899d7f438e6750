package e2e

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// These examples use Strata's additions, and name Strata in their first lines. Each
// test checks the claims of the example's README.

func buildExample(t *testing.T, name string, args map[string]string) buildrun.Build {
	t.Helper()
	publish(t, "stratabuild/strata:1")
	return buildrun.Build{Frontend: buildrun.Builtin, Context: exampleDir(t, name), Args: args}
}

// TestNodeMonorepo builds two commits of the same sources: only the step that names
// the commit runs again.
func TestNodeMonorepo(t *testing.T) {
	t.Parallel()
	build(t, buildExample(t, "node-monorepo", map[string]string{"GIT_SHA": "first"}))
	commit := scenario.Unique()
	rep, img := buildImage(t, buildExample(t, "node-monorepo", map[string]string{"GIT_SHA": commit}))
	for _, problem := range scenario.Compare(rep, []string{"RUN npm run build"}) {
		t.Errorf("%s\n%s", problem, rep)
	}
	checkServer(t, img, map[string]string{"/": "Hello, monorepo, commit " + commit})
	if got := img.Config.Config.Labels["org.opencontainers.image.revision"]; got != commit {
		t.Errorf("the label says %q", got)
	}
}

// TestDebianTools checks that the upgrade is cached within a period of the TTL.
func TestDebianTools(t *testing.T) {
	t.Parallel()
	b := buildExample(t, "debian-tools", map[string]string{"SOURCE_DATE_EPOCH": sourceDate})
	build(t, b)
	rep, img := buildImage(t, b)
	if ran := rep.Ran(); len(ran) > 0 {
		t.Errorf("these steps ran again: %q", ran)
	}
	if root := t.TempDir(); img.Unpack(t.Context(), root) != nil || !strings.Contains(readFile(t, root, "usr/local/share/report.jq"), "tags") {
		t.Error("the image lacks the program of the report")
	}
}

// TestPrivatePackages downloads a package with a token. A new token alone runs
// nothing, a new version does.
func TestPrivatePackages(t *testing.T) {
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.Header.Get("Authorization")]++
		_, _ = w.Write([]byte("for " + r.Header.Get("Authorization") + "\n")) // the build reports a missing answer
	}))
	defer server.Close()
	packages := server.URL + "/" + scenario.Unique() // another run may have had the same port
	for _, c := range []struct {
		token, version string
		runs           bool
	}{{"old", "1", true}, {"new", "1", false}, {"new", "2", true}} {
		b := buildExample(t, "private-packages", map[string]string{"PACKAGES": packages, "TOKEN_VERSION": c.version})
		b.Secrets = map[string][]byte{"token": []byte(c.token)}
		before := asked["Bearer "+c.token]
		rep := build(t, b)
		if ran := asked["Bearer "+c.token] > before; ran != c.runs {
			t.Errorf("token %s, version %s: run %v\n%s", c.token, c.version, ran, rep)
		}
	}
}

// TestGoPlatforms bakes the example for its platforms, and pushes one index.
func TestGoPlatforms(t *testing.T) {
	publish(t, "stratabuild/strata:1")
	image := scenario.Env().Registry() + "/examples/hello:" + scenario.Unique()
	release(t, exampleDir(t, "go-platforms"), "GIT_SHA=0123abc IMAGE="+image+" buildx bake --push")
	index, manifest := scenario.Index(t, image)
	var platforms []string
	for _, d := range manifest.Manifests {
		if d.Platform.OS == "unknown" {
			continue
		}
		platforms = append(platforms, d.Platform.String())
		img, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(regularFiles(t, img)["hello"]), "0123abc") {
			t.Errorf("%s does not know its commit", d.Platform)
		}
	}
	if strings.Join(platforms, " ") != "linux/amd64 linux/arm64" {
		t.Errorf("baked are %q", platforms)
	}
}

// TestPythonLock installs exactly the packages of the lock.
func TestPythonLock(t *testing.T) {
	t.Parallel()
	_, img := buildImage(t, buildExample(t, "python-lock", nil))
	checkText(t, "the output", runImage(t, img), `^demo-pages 1\.0\.0, demo-routes 1\.0\.0\n$`)
	dir := copyExample(t, "python-lock")
	lock := readFile(t, dir, "requirements.lock")
	writeFile(t, filepath.Join(dir, "requirements.lock"), strings.Replace(lock, "sha256:0", "sha256:1", 1))
	if said, err := buildx.build(t, buildRequest{dir: dir}); err == nil || !strings.Contains(said, "THESE PACKAGES DO NOT MATCH THE HASHES") {
		t.Errorf("a wrong hash: %v\n%s", err, said)
	}
}

// TestBrokenExample reports all errors of the file at once, as its README shows.
func TestBrokenExample(t *testing.T) {
	publish(t, "stratabuild/strata:1")
	said, err := buildx.build(t, buildRequest{dir: exampleDir(t, "broken")})
	if err == nil {
		t.Fatalf("the build did not fail:\n%s", said)
	}
	blocks := scenario.Blocks(t, filepath.Join(exampleDir(t, "broken"), "README.md"))
	if len(blocks) != 1 {
		t.Fatalf("the README shows %d blocks", len(blocks))
	}
	for line := range strings.Lines(blocks[0].Text) {
		if line = strings.TrimSpace(line); line != "" && !strings.Contains(said, line) {
			t.Errorf("not shown: %s\nbut\n%s", line, said)
		}
	}
}
