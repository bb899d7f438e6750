package engine

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/workbench"
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
	for _, c := range []struct{ name, stdin, context, copied string }{
		{"Dockerfile", "# syntax=" + strata + "\nFROM busybox\nRUN echo alone > /copied\n", "-", "alone"},
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

// TestArchiveOnStdin sends a context that the engine lets a build read once: its
// own frontend, which finds the syntax line, has then read it. No frontend
// image can build it, be it the reference.
func TestArchiveOnStdin(t *testing.T) {
	reference := pushReference(t)
	readOnce := regexp.MustCompile(`context not found|no http response from session`)
	for name, syntax := range map[string]string{
		"no frontend image": "",
		"the reference":     "# syntax=" + reference + "\n",
		"Strata":            "# syntax=" + strata + "\n",
	} {
		p := scenario.New(t, scenario.Files{"Dockerfile": syntax + "FROM busybox\nCOPY b /\n", "b": "b\n"})
		for _, client := range clients {
			_, err := client.build(t, archive(t, p.Dir), "-")
			if (err != nil) != (syntax != "") || err != nil && !readOnce.MatchString(err.Error()) {
				t.Errorf("%s, %s: the error is %v", name, client.name, err)
			}
		}
	}
}

func archive(t *testing.T, dir string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pushReference pushes BuildKit's own frontend as an image.
func pushReference(t *testing.T) string {
	t.Helper()
	program, err := bench.Tool(t.Context(), "dockerfile-frontend")
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	p := scenario.New(t, scenario.Files{"Dockerfile": workbench.ReferenceDockerfile, "dockerfile-frontend": string(binary)})
	ref := bench.Registry() + "/team/reference:" + scenario.Unique()
	built(t, classic, "-t", ref, p.Dir)
	run(t, "push", ref)
	return ref
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
