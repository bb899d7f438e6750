package insight

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A build is reported as unchanged only if an earlier one had all its files,
// including those that no step reads.
func TestUnchanged(t *testing.T) {
	m, contexts := emptyMemory(t), t.TempDir()
	st := build{dockerfile: "FROM busybox\nCOPY --exclude=unread . /\n"}.state(t)
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(contexts, "0"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(contexts, "0", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	hours := 0
	unchanged := func(want bool, what string) {
		t.Helper()
		hours++
		answer, err := m.answer(t.Context(), Request{ID: "1", Now: hour(hours), State: st}, contexts, "")
		if err != nil || answer.Unchanged != want {
			t.Errorf("%s: unchanged %v, %v", what, answer.Unchanged, err)
		}
	}
	write("a", "1")
	write("unread", "1")
	unchanged(false, "a first build")
	unchanged(true, "the same again")
	write("unread", "more")
	unchanged(false, "a file that no step reads")
	unchanged(true, "that again")
	write("a", "2")
	unchanged(false, "a file")
	image := slices.IndexFunc(st.Steps[0].Inputs, isBase)
	st.Steps[0].Inputs[image].Name = "docker.io/library/busybox:stable"
	unchanged(false, "another name of the image")
	unchanged(true, "that once more")
}
