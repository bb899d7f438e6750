package insight

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// All builds have the same salt, and an invalid salt is replaced.
func TestSalt(t *testing.T) {
	for _, foreign := range []string{"", "foreign"} {
		m := memory{dir: t.TempDir()}
		if foreign != "" {
			if err := os.WriteFile(filepath.Join(m.dir, "salt"), []byte(foreign), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		first, err := m.salt()
		if err != nil {
			t.Fatal(err)
		}
		second, err := m.salt()
		if err != nil || !bytes.Equal(first, second) || len(first) != saltSize {
			t.Errorf("%x and %x (%v)", first, second, err)
		}
	}
}

// The project that was written first is removed.
func TestOldestProjectsAreForgotten(t *testing.T) {
	m := memory{dir: t.TempDir()}
	add := func(id string, age time.Duration) {
		t.Helper()
		p := m.project(id)
		if _, err := m.add(p, Build{}, nil); err != nil {
			t.Fatal(err)
		}
		past := time.Now().Add(-age)
		if err := os.Chtimes(p.dir, past, past); err != nil {
			t.Fatal(err)
		}
	}
	add("old", time.Hour)
	for i := range maxProjects {
		add(fmt.Sprint(i), 0)
	}
	if ids := m.projects(); len(ids) != maxProjects || slices.Contains(ids, "old") {
		t.Errorf("%d projects; the oldest is there: %v", len(ids), slices.Contains(ids, "old"))
	}
}
