package host

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// Mounts are found inner ones first, and a mount of another folder is not among
// them. Only root can mount.
func TestMounts(t *testing.T) {
	dir := t.TempDir() + string(filepath.Separator)
	outer := filepath.Join(dir, "with blank")
	inner := filepath.Join(outer, "inner")
	for _, at := range []string{outer, inner} {
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("none", at, "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(at, syscall.MNT_DETACH) })
	}
	if got := Mounts(dir); !slices.Equal(got, []string{inner, outer}) {
		t.Errorf("mounts %q", got)
	}
	if got := Mounts(inner + string(filepath.Separator)); len(got) > 0 {
		t.Errorf("mounts in the inner folder: %q", got)
	}
	if Unmount(dir); len(Mounts(dir)) > 0 {
		t.Errorf("mounts that are left: %q", Mounts(dir))
	}
}
