package insight

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// BuildKit compares more than the files: see Checksum in its cache/contenthash.
func TestWhatCountsOfFiles(t *testing.T) {
	chmod := func(root string) error { return os.Chmod(filepath.Join(root, "src"), 0o700) }
	replace := func(root string) error {
		dir := filepath.Join(root, "src", "a")
		return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o644))
	}
	rename := func(root string) error {
		return os.Rename(filepath.Join(root, "src", "a"), filepath.Join(root, "src", "c"))
	}
	edit := func(root string) error {
		return os.WriteFile(filepath.Join(root, "src", "a", "p.json"), []byte("edited"), 0o644)
	}
	for _, c := range []struct {
		name      string
		edit      func(root string) error
		selection Selection
		want      string
	}{
		{"mode of the directory that is copied", chmod, Selection{Path: "/src"}, ""},
		{"mode of a directory below", chmod, Selection{Path: "/"}, ""},
		{"directory instead of a file", replace, Selection{Path: "/src"}, "file src/a type, file src/a/p.json removed"},
		{"directory that a wildcard matches", rename, Selection{Path: "/src/*/p.json", Wildcard: true}, "file src/a/p.json removed, file src/c/p.json added"},
		{"the same for one file", rename, Selection{Path: "/src/[ac]/p.json", Wildcard: true}, ""},
		{"the same for one directory", rename, Selection{Path: "/src/[ac]", Wildcard: true}, "file src/a/p.json removed, file src/c/p.json added"},
		{"file behind a link", edit, Selection{Path: "/current", Follow: true}, "file current/p.json modified +1-1"},
		{"link", edit, Selection{Path: "/current"}, ""},
	} {
		root := t.TempDir()
		for _, dir := range []string{"a", "b"} {
			if err := os.MkdirAll(filepath.Join(root, "src", dir), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "src", dir, "p.json"), []byte(dir), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink("src/a", filepath.Join(root, "current")); err != nil {
			t.Fatal(err)
		}
		read := func() Content {
			lines := maxLines
			content, err := newScanner(root, salt("salt"), &lines).read(t.Context(), c.selection)
			if err != nil {
				t.Fatal(err)
			}
			return content
		}
		before := read()
		if err := c.edit(root); err != nil {
			t.Fatal(err)
		}
		now := read()
		got := ""
		if now.digest() != before.digest() {
			got = reasonsText(now.diff(before, c.selection))
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
