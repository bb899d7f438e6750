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
	last  string // build
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
	if strings.Contains(command, "--call=history") {
		r.remember(command)
		return
	}
	out := r.run(command)
	r.last = command
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

// remember prints what the daemon remembers of the last build. It repeats the build if
// that is nothing: on a busy machine, a build is not always recorded.
func (r *reader) remember(command string) {
	r.t.Helper()
	for range 3 {
		if _, err := r.try(command); err == nil {
			return
		}
		r.run(r.last)
	}
	r.run(command)
}

// explain checks that a build on an empty daemon is compared with one of another daemon,
// which had the same inputs. Then it changes a file.
func (r *reader) explain(command, out string) {
	r.t.Helper()
	r.prints(command, out, "why: no input changed since ")
	r.run("cp source.txt ../saved && echo more >> source.txt")
	defer r.run("mv ../saved source.txt")
	r.prints(command, "", "why: source.txt changed (+1 line): line 3 COPY, so line 4 RUN tr")
}

// prints checks that a build on an empty daemon prints a line. It repeats the build if
// the output lacks it: on a busy machine, a build does not wait for the comparison.
func (r *reader) prints(command, out, line string) {
	r.t.Helper()
	for range 3 {
		if strings.Contains(out, line) {
			return
		}
		r.run("buildx prune --builder team --all --force")
		out = r.run(command)
	}
	if !strings.Contains(out, line) {
		r.t.Errorf("%s\nhas not printed %q:\n%s", command, line, out)
	}
}

func (r *reader) run(command string) string {
	r.t.Helper()
	out, err := r.try(command)
	if err != nil {
		r.t.Fatalf("%s\n%v\n%s", command, err, out)
	}
	return out
}

func (r *reader) try(command string) (string, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-ec", command)
	cmd.Dir, cmd.Env = r.dir, r.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// allCached checks in a client's plain output that no step has run.
func allCached(t *testing.T, command, out string) {
	t.Helper()
	ran, cached := scenario.ReadSteps(out)
	if len(ran) > 0 || len(cached) == 0 {
		t.Errorf("%s\nhas run %q:\n%s", command, ran, out)
	}
}
