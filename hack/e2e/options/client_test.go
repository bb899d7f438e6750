package options

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// buildxWith builds with buildx and a build argument, and reports whether the image
// has an inline cache.
func buildxWith(t *testing.T, syntax []string, arg ...string) *scenario.Result {
	t.Helper()
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nRUN echo " + scenario.Unique() + " > /f\n"})
	layout := filepath.Join(p.Dir, "image")
	args := append([]string{"build", "--provenance=false", "-o", "type=oci,tar=false,dest=" + layout, "."}, syntax...)
	return scenario.Buildx{Dir: p.Dir, Args: append(args, arg...)}.Result(t, layout)
}

// frontends returns the arguments that select the frontend.
func frontends() map[string][]string {
	return map[string][]string{"reference": nil, "strata": {"--build-arg", "BUILDKIT_SYNTAX=" + scenario.Frontend()}}
}

func tryInlineCache(t *testing.T) {
	t.Parallel()
	const mark = "moby.buildkit.cache.v0"
	for name, syntax := range frontends() {
		plain := buildxWith(t, syntax)
		cache := buildxWith(t, syntax, "--build-arg", "BUILDKIT_INLINE_CACHE=1")
		if strings.Contains(string(plain.Image.ConfigJSON), mark) || !strings.Contains(string(cache.Image.ConfigJSON), mark) {
			t.Errorf("%s: the argument does not decide whether the image holds a cache", name)
		}
	}
}

func tryBuildName(t *testing.T) {
	t.Parallel()
	for name, syntax := range frontends() {
		given := "name-" + scenario.Unique()
		buildxWith(t, syntax, "--build-arg", "BUILDKIT_BUILD_NAME="+given)
		cmd, err := scenario.Env().Command(t.Context(), "buildx", "history", "ls", "--format", "{{.Name}}")
		if err != nil {
			t.Fatal(err)
		}
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), given) {
			t.Errorf("%s: the history has no build %s (%v):\n%s", name, given, err, out)
		}
	}
}
