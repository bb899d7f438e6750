package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProfileCommands profiles a build with the commands of docs/performance.md.
func TestProfileCommands(t *testing.T) {
	publish(t, "stratabuild/strata:1")
	dir := copyExample(t, "static-site")
	ran := 0
	for _, c := range shellCommands(t, "docs/performance.md") {
		if strings.HasPrefix(c, "make ") {
			continue
		}
		runAsReader(t, c, dir)
		ran++
	}
	profile, err := os.ReadFile(filepath.Join(dir, "allocs.pprof"))
	if err != nil || ran != 3 || !strings.HasPrefix(string(profile), "\x1f\x8b") {
		t.Errorf("%d commands ran: %v, %.10q", ran, err, profile)
	}
}
