package engine

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

const flagsDockerfile = `
FROM busybox AS one
ARG NAME=default
COPY a /
RUN echo $NAME > /name
FROM one AS two
RUN --mount=type=secret,id=s cp /run/secrets/s /secret 2>/dev/null || true
`

// TestFlags has the flags of both clients do what they are for.
func TestFlags(t *testing.T) {
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			p := project(t, flagsDockerfile)
			secret := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(secret, []byte("hidden"), 0o600); err != nil {
				t.Fatal(err)
			}
			image, out := built(t, c, p.Dir)
			wantRan(t, out, 3, 0)
			if got := inside(t, image, "cat", "/name"); got != "default" {
				t.Errorf("the name is %q", got)
			}
			_, out = built(t, c, p.Dir)
			wantRan(t, out, 0, 3)
			_, out = built(t, c, "--no-cache", p.Dir)
			wantRan(t, out, 3, 0)

			image, out = built(t, c, "--build-arg=NAME=given", "--secret=id=s,src="+secret, "--label=l=v", p.Dir)
			wantRan(t, out, 2, 1)
			if got := inside(t, image, "cat", "/name", "/secret"); got != "given\nhidden" {
				t.Errorf("the files are %q", got)
			}
			if got := run(t, "inspect", "-f", "{{.Config.Labels.l}}", image); got != "v" {
				t.Errorf("the label is %q", got)
			}
			image, _ = built(t, c, "--target=one", p.Dir)
			if got := inside(t, image, "ls", "/"); strings.Contains(got, "secret") {
				t.Errorf("the target one has\n%s", got)
			}
			p.Write("other/Dockerfile.other", "# syntax="+strata+"\nFROM busybox\nCOPY sub/b /other\n")
			image, _ = built(t, c, "-f", filepath.Join(p.Dir, "other/Dockerfile.other"), p.Dir)
			if got := inside(t, image, "cat", "/other"); got != "b" {
				t.Errorf("-f: /other is %q", got)
			}
			dir := t.TempDir()
			built(t, c, "--output=type=local,dest="+dir, "--target=one", p.Dir)
			if got, err := os.ReadFile(filepath.Join(dir, "name")); string(got) != "default\n" {
				t.Errorf("--output: the name is %q (%v)", got, err)
			}
		})
	}
}

// TestContexts builds from standard input and from a Git URL.
func TestContexts(t *testing.T) {
	server := scenario.NewGitServer(t)
	p := project(t, "FROM busybox\nCOPY sub/b /copied\n")
	repo := server.Repository(t, "repo")
	repo.Commit(scenario.Files{"Dockerfile": p.Read("Dockerfile"), "sub/b": "git\n"})
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.AddFS(os.DirFS(p.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, stdin, context, copied string }{
		{"Dockerfile", "# syntax=" + strata + "\nFROM busybox\nRUN echo alone > /copied\n", "-", "alone"},
		{"archive", archive.String(), "-", "b"},
		{"Git", "", server.HTTP + repo.Path + "#main", "git"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, client := range clients {
				image := "built-" + scenario.Unique()
				if _, err := client.build(t, c.stdin, "-t", image, c.context); err != nil {
					t.Error(client.name, err)
				} else if got := inside(t, image, "cat", "/copied"); got != c.copied {
					t.Errorf("%s: /copied is %q, not %q", client.name, got, c.copied)
				}
			}
		})
	}
}

// TestPull moves the tag of a base image that the engine holds.
func TestPull(t *testing.T) {
	base := bench.Registry() + "/team/base:" + scenario.Unique()
	push := func(version string) {
		p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nRUN echo " + version + " > /version\n"})
		built(t, classic, "-t", base, p.Dir)
		run(t, "push", base)
	}
	push("new")
	push("old") // which is left in the engine
	held := run(t, "inspect", "-f", "{{index .RepoDigests 0}}", base)
	push("new")
	run(t, "pull", held)
	run(t, "tag", held, base)
	p := project(t, "FROM "+base+"\nRUN cp /version /copied\n")
	for _, c := range clients {
		image, _ := built(t, c, p.Dir)
		if got := inside(t, image, "cat", "/copied"); got != "old" {
			t.Errorf("%s: the base is %q, not the one that the engine holds", c.name, got)
		}
		image, _ = built(t, c, "--pull", p.Dir)
		if got := inside(t, image, "cat", "/copied"); got != "new" {
			t.Errorf("%s: --pull: the base is %q", c.name, got)
		}
	}
}

// TestCacheFrom takes the steps of an image that was pushed with an inline
// cache, once the engine has forgotten them.
func TestCacheFrom(t *testing.T) {
	p := project(t, "FROM busybox\nCOPY a /\nRUN date > /date\n")
	for _, c := range clients {
		ref := bench.Registry() + "/team/cached:" + scenario.Unique()
		_, out := built(t, c, "-t", ref, "--no-cache", "--build-arg=BUILDKIT_INLINE_CACHE=1", p.Dir)
		wantRan(t, out, 2, 0)
		run(t, "push", ref)
		run(t, "builder", "prune", "-af")
		_, out = built(t, c, "--cache-from="+ref, p.Dir)
		wantRan(t, out, 0, 2)
	}
}
