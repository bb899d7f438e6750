package scenario

import (
	"os"
	"path/filepath"
	"testing"
)

// A tree shows all properties in which images can differ, except for times.
func TestTree(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("one"), 0o644); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, change := range []func() error{
		func() error { return nil },
		func() error { return os.WriteFile(file, []byte("two"), 0o644) },
		func() error { return os.Chmod(file, 0o600) },
		func() error { return os.Remove(file) },
		func() error { return os.Symlink("elsewhere", file) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		tree := Tree(t, dir)
		if seen[tree["/file"]] {
			t.Errorf("%q is not new", tree["/file"])
		}
		seen[tree["/file"]] = true
	}
}
