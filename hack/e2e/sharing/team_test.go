package sharing

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

const teamPage = "../../../docs/team.md"

// reader follows the instructions of a page, in a separate project.
type reader struct {
	t     *testing.T
	dir   string
	env   []string
	hosts *strings.Replacer
}

// TestTeamPage runs the blocks of docs/team.md in order.
func TestTeamPage(t *testing.T) {
	blocks := scenario.Blocks(t, teamPage)
	if len(blocks) < 10 {
		t.Fatalf("the page has only %d blocks", len(blocks))
	}
	scenario.Publish(t, "stratabuild/strata:1")
	server := newServer(t)
	r := newReader(t, server.address)
	for _, b := range blocks {
		r.follow(b.Text, server)
	}
}

func newReader(t *testing.T, server string) *reader {
	t.Helper()
	for _, tool := range []string{"buildx", "buildctl"} {
		if _, err := scenario.Env().Tool(t.Context(), tool); err != nil {
			t.Fatal(err)
		}
	}
	r := &reader{t: t, dir: project(t).Dir}
	// The reader has a builder named team; other users of the workbench may have
	// one too.
	r.env = append(os.Environ(), scenario.Env().Environ()...)
	r.env = append(r.env, "BUILDX_CONFIG="+t.TempDir(), "BUILDX_BUILDER=", "BUILDKIT_PROGRESS=plain")
	r.hosts = strings.NewReplacer(
		"docker buildx", "buildx", // there is no Docker Engine, so buildx is called directly
		"tcp://0.0.0.0:1234", "tcp://"+server,
		"tcp://buildkit.example.com:1234", "tcp://"+server,
		"registry.example.com/myapp", scenario.Env().Registry()+"/team/"+scenario.Unique(),
		"registry.example.com", scenario.Env().Registry(),
	)
	return r
}

// follow runs a block. A block that imports a cache gets an empty daemon, and no
// step may run.
func (r *reader) follow(block string, server *server) {
	r.t.Helper()
	command := r.hosts.Replace(block)
	if flags, ok := strings.CutPrefix(command, "buildkitd "); ok {
		server.start(r, flags)
		return
	}
	takes := regexp.MustCompile(`--cache-from|--import-cache`).MatchString(command) && !strings.Contains(command, "type=inline")
	if takes {
		r.run("buildx prune --builder team --all --force")
	}
	out := r.run(command)
	if takes {
		allCached(r.t, command, out)
	}
	if strings.Contains(command, "strata-history=") {
		r.explain(command, out)
	}
	if strings.Contains(command, "type=inline") {
		r.run("buildx prune --builder team --all --force")
		allCached(r.t, command, r.run(command))
	}
}

// explain checks that a build on an empty daemon is compared with one of another daemon,
// which had the same inputs. Then it changes a file.
func (r *reader) explain(command, out string) {
	r.t.Helper()
	const unchanged = "why: no input changed since "
	if !strings.Contains(out, unchanged) || !strings.Contains(out, "steps that ran were not in the cache") {
		r.t.Errorf("%s\nhas not printed %q:\n%s", command, unchanged, out)
	}
	r.run("buildx prune --builder team --all --force")
	r.run("cp source.txt ../saved && echo more >> source.txt")
	defer r.run("mv ../saved source.txt")
	const changed = "why: source.txt changed (+1 line): line 3 COPY, so line 4 RUN tr"
	if out := r.run(command); !strings.Contains(out, changed) {
		r.t.Errorf("%s\nhas not printed %q:\n%s", command, changed, out)
	}
}

func (r *reader) run(command string) string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-ec", command)
	cmd.Dir, cmd.Env = r.dir, r.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s\n%v\n%s", command, err, out)
	}
	return string(out)
}

// allCached checks in a client's plain output that no step has run.
func allCached(t *testing.T, command, out string) {
	t.Helper()
	ran, cached := scenario.ReadSteps(out)
	if len(ran) > 0 || len(cached) == 0 {
		t.Errorf("%s\nhas run %q:\n%s", command, ran, out)
	}
}
