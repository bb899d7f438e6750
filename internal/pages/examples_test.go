package pages

import (
	"path/filepath"
	"regexp"
	"testing"
)

// buildx refuses to give a builder the name of a Docker context.
func TestBuilderOfTheGitLabExample(t *testing.T) {
	file := read(t, filepath.Join(root, "examples", "ci", "gitlab", ".gitlab-ci.yml"))
	dockerContext := regexp.MustCompile(`docker context create (\S+)\n`).FindStringSubmatch(file)
	builder := regexp.MustCompile(`docker buildx create --name (\S+) .*--use (\S+)\n`).FindStringSubmatch(file)
	used := regexp.MustCompile(`docker buildx build --builder (\S+)\n`).FindStringSubmatch(file)
	if dockerContext == nil || builder == nil || used == nil {
		t.Fatalf("the file creates the context %q and the builder %q, and uses %q", dockerContext, builder, used)
	}
	if builder[1] == dockerContext[1] || builder[2] != dockerContext[1] || builder[1] != used[1] {
		t.Errorf("%q, %q, %q", dockerContext[0], builder[0], used[0])
	}
}
