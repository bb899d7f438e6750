package baseimage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stratabuild/strata/hack/internal/host"
)

// The program of an unpacked package is in /bin, wherever the release of Debian has it,
// also if the package was unpacked before.
func TestAddBin(t *testing.T) {
	for _, in := range []string{"bin", "usr/bin"} {
		root := t.TempDir()
		if err := host.WriteFile(filepath.Join(root, in, "busybox"), []byte(in), 0o755); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := addBin(root); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(filepath.Join(root, "bin", "busybox")); err != nil || string(got) != in {
			t.Errorf("%s: %q, %v", in, got, err)
		}
	}
}
