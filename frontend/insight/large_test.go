package insight

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkLargeContext compares builds that differ in one of many files with 16
// earlier ones.
func BenchmarkLargeContext(b *testing.B) {
	contexts := b.TempDir()
	for i := range 20_000 {
		name := filepath.Join(contexts, "0", fmt.Sprint(i/200), fmt.Sprint(i))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, fmt.Appendf(nil, "file %d\n", i), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	st := State{Contexts: []string{"context"}, Steps: []StepInputs{
		{Text: "FROM busybox", Parent: -1},
		{Text: "COPY . /src", Reads: []Read{{Step: -1, Files: Selection{Path: "/", Wildcard: true}}}},
	}}
	m := emptyMemory(b)
	builds := 0
	build := func() {
		builds++
		if err := os.WriteFile(filepath.Join(contexts, "0", "0", "0"), fmt.Append(nil, builds), 0o644); err != nil {
			b.Fatal(err)
		}
		if _, err := m.answer(b.Context(), Request{ID: fmt.Sprint(builds), Now: time.Unix(int64(builds), 0), State: st}, contexts, ""); err != nil {
			b.Fatal(err)
		}
	}
	for builds < maxBuilds {
		build()
	}
	for b.Loop() {
		build()
	}
}
