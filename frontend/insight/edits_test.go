package insight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
)

// An edit is stated as the user made it, once.
func TestCausesOfEdits(t *testing.T) {
	for _, c := range []struct {
		name, dockerfile, old, replacement string
		options                            difftest.Options
		want                               string
	}{
		{
			"a build arg in a here-document", "FROM busybox\nARG A=1\nRUN one\nCOPY <<EOF /f\n$A\nEOF\n", "", "",
			difftest.Options{BuildArgs: map[string]string{"A": "2"}},
			`
			3 runs: variable A
			4 runs after 3
			cause 3: variable A -> 3 4`,
		},
		{
			"a build arg in a linked copy", "FROM busybox\nARG A=1\nRUN one\nCOPY --link $A /f\n", "", "",
			difftest.Options{BuildArgs: map[string]string{"A": "2"}},
			`
			3 runs: variable A
			4 runs after 3
			cause 3: variable A -> 3 4`,
		},
		{
			"the size of /dev/shm", "FROM busybox\nRUN one\nRUN two\n", "", "",
			difftest.Options{ShmSize: "1024"},
			`
			2 runs: client shm-size
			3 runs after 2
			cause 2: client shm-size -> 2 3`,
		},
		{
			"a new mount", "FROM busybox\nRUN one\n", "RUN one", "RUN --mount=target=/m one",
			difftest.Options{},
			`
			2 runs: mount /m
			cause 2: mount /m -> 2`,
		},
		{
			"a new mount, and hosts", "FROM busybox\nRUN one\n", "RUN one", "RUN --mount=target=/m one",
			difftest.Options{ExtraHosts: []string{"a=10.0.0.1"}},
			`
			2 runs: mount /m, client add-host
			cause 2: mount /m, client add-host -> 2`,
		},
		{
			"a new network", "FROM busybox\nRUN one\n", "RUN one", "RUN --network=none one",
			difftest.Options{},
			`
			2 runs: text
			cause 2: text -> 2`,
		},
		{
			"a mount of another folder", "FROM busybox\nRUN --mount=source=a,target=/m one\n", "=a,", "=b,",
			difftest.Options{},
			`
			2 runs: text
			cause 2: text -> 2`,
		},
	} {
		before := build{dockerfile: c.dockerfile, files: map[string]string{"1": "1\n", "2": "2\n", "a/f": "a\n", "b/f": "b\n"}}
		now := before
		now.dockerfile, now.options = strings.Replace(c.dockerfile, c.old, c.replacement, 1), c.options
		if got, want := summary(now.compare(t, before)), unindent(c.want); got != want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, want)
		}
	}
}

// A path or a pattern that the build rejects has no files.
func TestReadOfInvalidPath(t *testing.T) {
	root := t.TempDir()
	if err := os.Symlink("loop", filepath.Join(root, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sel := range []Selection{
		{Path: "/loop", Follow: true},
		{Path: "/loop/a", Follow: true},
		{Path: "/loop/*", Follow: true, Wildcard: true},
		{Path: "/l*", Follow: true, Wildcard: true},
		{Path: "/file/a"},
		{Path: "/file/*", Wildcard: true},
		{Path: "/[", Wildcard: true},
		{Path: "/", Include: []string{"["}},
		{Path: "/", Exclude: []string{"["}},
		{Path: "/" + strings.Repeat("a", 300)},
	} {
		lines := maxLines
		content, err := newScanner(root, salt("s"), &lines).read(t.Context(), sel)
		if err != nil || len(content) > 0 {
			t.Errorf("%+v has the files %v, %v", sel, content, err)
		}
	}
}
