package lock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/crane"
	spb "github.com/moby/buildkit/sourcepolicy/pb"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func imageGone(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, "FROM HOST/team/gone:1\n")
	repository := m.registry.Host + "/team/gone"
	version := scenario.Unique() // an image that is new to the daemons
	sum := push(t, repository+":1", version, "amd64")
	m.lock(d)
	m.holds(d, scenario.Files{"version": version})
	must(t, crane.Delete(repository+"@"+sum, crane.Insecure))
	push(t, repository+":1", "2\n", "amd64")
	m.holds(d, scenario.Files{"version": version})
	if _, err := m.Try(scenario.Shared(t)); err == nil || !strings.Contains(err.Error(), "Dockerfile.lock:2 pins it to "+sum) {
		t.Errorf("on a builder that does not have the image: %v", err)
	}
}

// dockerfileAlone builds with clients that send no other file with the Dockerfile.
func dockerfileAlone(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, "FROM scratch\nADD FILE /file\n")
	m.lock(d)
	files := httptest.NewServer(http.FileServer(http.Dir(m.Dir)))
	t.Cleanup(files.Close)
	m.Write("docker-bake.json", fmt.Sprintf(`{"target":{"default":{"dockerfile-inline":%q,"output":["type=cacheonly"]}}}`, m.Read("Dockerfile")))
	const stdin, url, inline = "-f -", "-f https://...", "dockerfile-inline"
	syntax := "BUILDKIT_SYNTAX=" + scenario.Frontend()
	for name, args := range map[string][]string{
		stdin:  {"build", "--output=type=cacheonly", "--build-arg=STRATA_LOCK=require", "--build-arg=" + syntax, "-f", "-", "."},
		url:    {"build", "--output=type=cacheonly", "--build-arg=STRATA_LOCK=require", "--build-arg=" + syntax, "-f", files.URL + "/Dockerfile", "."},
		inline: {"bake", "--set", "*.args.STRATA_LOCK=require", "--set", "*.args." + syntax},
	} {
		cmd, err := scenario.Env().Command(t.Context(), "buildx", args...)
		must(t, err)
		cmd.Dir, cmd.Stdin = m.Dir, strings.NewReader(m.Read("Dockerfile"))
		if said, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(said), "STRATA_LOCK=require, and there is no Dockerfile.lock") {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
	}
}

// keepGitDir checks that the folder .git has no name for the commit that is pinned.
func keepGitDir(t *testing.T, d *scenario.Daemon) {
	m := newMoving(t, "FROM scratch\nADD --keep-git-dir=true REPO /repo/\n")
	names := func() int {
		dest := t.TempDir()
		report, err := m.Try(d, func(b *buildrun.Build) { b.Exports = []buildrun.Export{buildrun.Local(dest)} })
		if err != nil {
			t.Fatalf("%v\n%s", err, report)
		}
		found, err := filepath.Glob(filepath.Join(dest, "repo", ".git", "refs", "*", "main"))
		must(t, err)
		return len(found)
	}
	if names() == 0 {
		t.Error("without a lock, the branch has no name")
	}
	m.lock(d)
	if n := names(); n > 0 {
		t.Errorf("with a lock, the branch has %d names", n)
	}
}

// policyOfLock makes the lock the source policy of the client. A new lock would be the
// old one.
func policyOfLock(t *testing.T, d *scenario.Daemon) {
	for _, dockerfile := range []string{"FROM BASE\n", "FROM scratch\nADD FILE /file\n", "FROM scratch\nADD REPO /repo/\n"} {
		m := newMoving(t, dockerfile)
		policy := &spb.Policy{}
		must(t, json.Unmarshal([]byte(m.lock(d)), policy))
		for _, request := range []string{"lock", "lockcheck"} {
			_, _, _, err := m.ask(d, request, func(b *buildrun.Build) { b.Policy = policy })
			if err == nil || !strings.Contains(err.Error(), "a source policy of the client takes") {
				t.Errorf("%s of %q: %v", request, dockerfile, err)
			}
		}
		m.check(d, "", func(b *buildrun.Build) {
			b.Policy = &spb.Policy{Version: 1, Rules: []*spb.Rule{{Action: spb.PolicyAction_ALLOW, Selector: &spb.Selector{Identifier: "*"}}}}
		})
	}
}
