package advice

import (
	"testing"

	"github.com/moby/patternmatcher"
)

// The content of each manifest that the checks interpret is read.
func TestManifestsAreRead(t *testing.T) {
	read, err := patternmatcher.New(PatternsIn(nil).Read)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := patternmatcher.New(PatternsIn(nil).Listed)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"package.json", "requirements.txt", "requirements-dev.txt", "dev-requirements.txt", "constraints.txt", "my-constraints.txt",
		"pyproject.toml", "uv.toml", "Pipfile", "composer.json", "mix.exs", "go.mod", "Gemfile", "Gemfile.lock", "pom.xml", "Cargo.toml", "build.gradle", "settings.gradle.kts",
	} {
		isRead, _ := read.MatchesOrParentMatches(name)
		isListed, _ := listed.MatchesOrParentMatches(name)
		if !isRead || !isListed {
			t.Errorf("%s: read %t, listed %t", name, isRead, isListed)
		}
	}
}
