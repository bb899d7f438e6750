package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestDemo runs "make demo" unchanged, on the workbench that is already running.
// The program itself checks that its builds show the lesson.
func TestDemo(t *testing.T) {
	dir := filepath.Join(checkout(t), "hack")
	out, err := runCommand(t, dir, "go", "run", "./cmd/demo")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"\nDockerfile.slow\n", "\nDockerfile\n", "was CACHED", "line 11 RUN pip install ran again\n", "line 14 COPY ran again\n",
		"2 of 4 steps run.", "+COPY requirements.txt", "in a week    ran", "in all",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo does not show %q:\n%s", want, out)
		}
	}
}
