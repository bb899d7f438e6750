package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	// Absent is the content of a file that does not exist.
	Absent = "\x00absent"
	// Anything is the content of a file that must exist and must not be empty.
	Anything = "\x00anything"
)

// HoldsFiles checks the contents of a folder's files, without the newline at their
// ends.
func HoldsFiles(t *testing.T, root string, files Files) {
	t.Helper()
	for name, want := range files {
		raw, err := os.ReadFile(filepath.Join(root, name))
		got := strings.TrimSuffix(string(raw), "\n")
		if os.IsNotExist(err) {
			got, err = Absent, nil
		}
		if want == Anything && got != "" && got != Absent {
			want = got
		}
		if err != nil || got != want {
			t.Errorf("%s is %q, not %q (%v)", name, got, want, err)
		}
	}
}

// SameFiles checks that two folders have the same content.
func SameFiles(t *testing.T, got, want string) {
	t.Helper()
	assert.Equal(t, Tree(t, want), Tree(t, got))
}
