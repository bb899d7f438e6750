package contexts

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// copying copies a part of the context to /src, in steps that no other build has.
func copying(words string) string {
	return "FROM busybox\nARG CASE\nWORKDIR /case/$CASE\nCOPY " + words + " /src/\n"
}

// Links that form a loop are copied as links. A path through such a link cannot be
// copied.
func TestLinkLoops(t *testing.T) {
	for _, c := range []struct{ words, reason string }{
		{words: "."},
		{words: "dir/up"},
		{words: "itself", reason: "too many links"},
		{words: "one", reason: "too many links"},
		{words: "itself/file", reason: "too many links"},
		{words: "--parents one/./file", reason: `"/one/file": not found`},
		{words: "dir/up/dir/up/file", reason: `"/dir/up/dir/up/file": not found`},
	} {
		t.Run(c.words, func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": copying(c.words), "file": "x\n", "dir/file": "x\n"})
			for name, target := range map[string]string{"itself": "itself", "one": "two", "two": "one", "dir/up": ".."} {
				if err := os.Symlink(target, filepath.Join(p.Dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			if c.reason != "" {
				p.SameError(c.reason)
				return
			}
			p.Same()
		})
	}
}

// A file that COPY --parents names must exist, even after a pivot. A wildcard may
// match nothing.
func TestParentsOfMissingFiles(t *testing.T) {
	for _, c := range []struct{ words, reason string }{
		{words: "a/./b/file a/./b/none*"},
		{words: "a/b/none", reason: `"/a/b/none": not found`},
		{words: "a/./b/none", reason: `"/a/b/none": not found`},
		{words: "none/./b/file", reason: `"/none/b/file": not found`},
		{words: "a/./b/file a/./none", reason: `"/a/none": not found`},
	} {
		t.Run(c.words, func(t *testing.T) {
			t.Parallel()
			p := scenario.Isolated(t, scenario.Files{"Dockerfile": copying("--parents " + c.words), "a/b/file": "x\n"})
			if c.reason != "" {
				p.SameError(c.reason)
				return
			}
			p.Same().Holds(scenario.Files{"/src/b/file": "x"})
		})
	}
}
