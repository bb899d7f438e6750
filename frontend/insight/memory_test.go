package insight

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// First builds at the same time have the same salt, and an invalid salt is
// replaced.
func TestSalt(t *testing.T) {
	for _, foreign := range []string{"", "foreign"} {
		m := memory{dir: t.TempDir()}
		if foreign != "" {
			if err := os.WriteFile(filepath.Join(m.dir, "salt"), []byte(foreign), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var salts [8]salt
		var wg sync.WaitGroup
		for i := range salts {
			wg.Go(func() {
				var err error
				if salts[i], err = m.salt(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, s := range salts {
			if foreign == "" && !bytes.Equal(s, salts[0]) || len(s) != saltSize {
				t.Errorf("%x and %x", s, salts[0])
			}
		}
	}
}

// The limits of the two kinds of projects are independent, and the project that was
// written first is removed.
func TestOldestProjectsAreForgotten(t *testing.T) {
	m := memory{dir: t.TempDir()}
	add := func(id string, age time.Duration) {
		t.Helper()
		p := m.project(id)
		if err := m.add(p, Build{}, nil); err != nil {
			t.Fatal(err)
		}
		past := time.Now().Add(-age)
		if err := os.Chtimes(p.dir, past, past); err != nil {
			t.Fatal(err)
		}
	}
	add(likeProject+"old", 2*time.Hour)
	add(namedProject+"old", time.Hour)
	for i := range maxNamed {
		add(fmt.Sprint(namedProject, i), 0)
	}
	named, like := m.projects(namedProject), m.projects(likeProject)
	if len(named) != maxNamed || slices.Contains(named, namedProject+"old") || len(like) != 1 {
		t.Errorf("%d named projects, %d others; the oldest is there: %v", len(named), len(like), slices.Contains(named, namedProject+"old"))
	}
}
