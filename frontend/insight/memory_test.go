package insight

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func emptyMemory(t testing.TB) memory { return memory{dir: t.TempDir(), clock: time.Now} }

// All builds have the same salt. An invalid salt is replaced, and the records that were
// made with it are removed.
func TestSalt(t *testing.T) {
	for _, foreign := range []string{"", "foreign"} {
		m := emptyMemory(t)
		if foreign != "" {
			if err := os.WriteFile(filepath.Join(m.dir, "salt"), []byte(foreign), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		records := filepath.Join(m.dir, projectsDir, "p")
		if err := os.MkdirAll(records, 0o755); err != nil {
			t.Fatal(err)
		}
		first, err := m.salt()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(records); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the records with another salt are still there: %v", err)
		}
		second, err := m.salt()
		if err != nil || !bytes.Equal(first, second) || len(first) != saltSize {
			t.Errorf("%x and %x (%v)", first, second, err)
		}
	}
}

// If the clock was ahead when builds were recorded, these count as the oldest.
func TestBuildsOfAWrongClockAreForgotten(t *testing.T) {
	m := emptyMemory(t)
	record := func(i int, at time.Time) string {
		t.Helper()
		b := Build{ID: fmt.Sprint(i), Time: at, State: State{Steps: []StepInputs{{Stage: fmt.Sprint(i), Parent: -1, Inputs: []Input{{Name: fmt.Sprint(i)}}}}}}
		name, err := m.add(m.project("project"), b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(m.dir, name), at, at); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for i := range maxBuilds {
		record(i, time.Now().Add(time.Hour))
	}
	name := record(maxBuilds, time.Now().Add(-time.Minute))
	if _, err := os.Stat(filepath.Join(m.dir, name)); err != nil {
		t.Errorf("the last build is forgotten: %v", err)
	}
	p := m.open("project")
	p.loadLast()
	if last := p.newest().ID; last != fmt.Sprint(maxBuilds) {
		t.Errorf("the last build is %s", last)
	}
}

// The project that was written first is removed.
func TestOldestProjectsAreForgotten(t *testing.T) {
	m := emptyMemory(t)
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
