package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestOnlyUsedFilesAreSent copies one file out of a context of thousands. The
// daemon says how many bytes of the context it was sent; it may not be more
// than for the reference.
func TestOnlyUsedFilesAreSent(t *testing.T) {
	files := map[string]string{}
	for i := range 5000 {
		files[fmt.Sprintf("src/%d/%d.txt", i%50, i)] = strings.Repeat("x", 1000)
	}
	ours, theirs := sent(t, files, buildrun.Image(strata)), sent(t, files, buildrun.Builtin)
	if ours == 0 || ours > theirs || ours > 100_000 {
		t.Errorf("%d bytes were sent, and %d for the reference", ours, theirs)
	}
}

// sent builds a context that the daemon has not seen and returns how many
// bytes of it were sent.
func sent(t *testing.T, files map[string]string, f buildrun.Frontend) (bytes int64) {
	t.Helper()
	files["Dockerfile"] = "FROM busybox\nCOPY src/7/7.txt /\n"
	files["src/7/7.txt"] = strings.Repeat(scenario.Unique()+"\n", 100)
	build(t, buildrun.Build{Context: writeFiles(t, files), Frontend: f, Status: func(s *client.SolveStatus) {
		for _, status := range s.Statuses {
			if strings.HasPrefix(status.ID, "transferring context") {
				bytes = max(bytes, status.Current)
			}
		}
	}})
	return bytes
}
