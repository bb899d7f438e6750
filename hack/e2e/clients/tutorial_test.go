package clients

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestTutorial follows docs/tutorial.md. The builds must print the cache states and
// the why-lines of the page.
func TestTutorial(t *testing.T) {
	r := newReader(t)
	scenario.Publish(t, "stratabuild/strata:1")
	r.hosts = strings.NewReplacer("docker buildx", "buildx",
		// The sources are new in each run; otherwise an earlier run has built them.
		"hello", scenario.Unique(), "again", scenario.Unique(), "the last time", scenario.Unique(), "nothing yet", scenario.Unique())
	var said []string
	for _, b := range scenario.Blocks(t, "../../../docs/tutorial.md") {
		switch b.Language {
		case "sh":
			said = append(said, r.printed(t, b.Text))
			if len(said) == 1 { // the first block makes the project, and enters its folder
				r.project.Dir += "/web"
			}
		case "text":
			if last := said[len(said)-1]; !strings.Contains(last, strings.TrimSpace(b.Text)) {
				t.Errorf("not printed: %s\nbut\n%s", b.Text, last)
			}
		}
	}
	if len(said) != 7 {
		t.Fatalf("the tutorial has %d blocks of commands", len(said))
	}
	const install = "pip install -r requirements.txt"
	for i, runs := range []int{1, 0, 1, 0, 1, 1, 0} {
		if got := ran(said[i], install); got != runs {
			t.Errorf("block %d runs the installation %d times, not %d:\n%s", i+1, got, runs, said[i])
		}
	}
}

// printed is run with the client's output for users.
func (r reader) printed(t *testing.T, block string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", r.hosts.Replace(block))
	cmd.Dir, cmd.Env = r.project.Dir, r.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", block, err, out)
	}
	return string(out)
}

// ran counts the runs of a step in the plain output of builds.
func ran(said, step string) (n int) {
	steps := map[string]bool{}
	for line := range strings.Lines(said) {
		number, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, step):
			steps[number] = true
		case strings.HasPrefix(rest, "DONE ") && steps[number]:
			n++
			delete(steps, number)
		case rest == "CACHED":
			delete(steps, number)
		}
	}
	return n
}
