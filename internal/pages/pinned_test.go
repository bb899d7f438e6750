package pages

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/version"
)

// TestPagesNameThePinnedReleases checks that the pages name the releases that go.mod pins.
func TestPagesNameThePinnedReleases(t *testing.T) {
	buildkit := requiredVersion(t, filepath.Join(root, "go.mod"), "github.com/moby/buildkit")
	buildx := requiredVersion(t, filepath.Join(root, "hack", "tools", "buildx", "go.mod"), "github.com/docker/buildx")
	release, _, _ := strings.Cut(version.Version(), "-") // 1.28.0-dev: the module has no tag of its own
	reference := "docker/dockerfile " + strings.TrimSuffix(release, ".0")
	for page, words := range map[string][]string{
		"README.md":           {reference, "BuildKit " + buildkit},
		"docs/differences.md": {reference, "BuildKit " + buildkit},
		"docs/options.md":     {reference, "BuildKit " + buildkit},
		"docs/builders.md":    {reference, "BuildKit " + buildkit, "buildx " + buildx},
	} {
		flowing := strings.Join(strings.Fields(read(t, filepath.Join(root, page))), " ")
		for _, w := range words {
			if !strings.Contains(flowing, w) {
				t.Errorf("%s does not name %s", page, w)
			}
		}
		for _, named := range regexp.MustCompile(`docker/dockerfile 1\.\d+`).FindAllString(flowing, -1) {
			if named != reference {
				t.Errorf("%s names %s, the pinned release is %s", page, named, reference)
			}
		}
	}
}

func requiredVersion(t *testing.T, file, module string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^\s*(?:require )?` + regexp.QuoteMeta(module) + ` (v\S+)`).FindStringSubmatch(read(t, file))
	if found == nil {
		t.Fatalf("%s does not require %s", file, module)
	}
	return found[1]
}
