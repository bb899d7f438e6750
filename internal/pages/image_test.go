package pages

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The Dockerfile of the image declares the build args that docs/mirrors.md names: a
// build arg without an ARG has no effect.
func TestBuildArgsOfTheImage(t *testing.T) {
	_, section, _ := strings.Cut(read(t, filepath.Join(root, "docs", "mirrors.md")), "\n## From the source\n")
	section, _, _ = strings.Cut(section, "\n## ")
	args := regexp.MustCompile(`args\.([A-Z_]+)`).FindAllStringSubmatch(section, -1)
	if len(args) == 0 {
		t.Fatalf("no build arg in %q", section)
	}
	for _, arg := range args {
		if !strings.Contains(read(t, filepath.Join(root, "Dockerfile")), "\nARG "+arg[1]+"\n") {
			t.Errorf("the Dockerfile has no ARG %s", arg[1])
		}
	}
}
