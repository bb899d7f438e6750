package prefetch

import "testing"

// The ignore file of the main context is found among those of all contexts,
// read in any order.
func TestIgnoreFile(t *testing.T) {
	type file struct{ local, name, text string }
	shared := file{"context", ".dockerignore", "main"}
	own := file{"dockerfile", "app/Dockerfile.dockerignore", "own"}
	named := file{"docs", ".dockerignore", "named"}
	for _, c := range []struct {
		read       []file
		name, text string
	}{
		{[]file{shared}, ".dockerignore", "main"},
		{[]file{shared, named}, ".dockerignore", "main"},
		{[]file{named, shared}, ".dockerignore", "main"},
		{[]file{own, named}, "app/Dockerfile.dockerignore", "own"},
		{[]file{shared, own}, "app/Dockerfile.dockerignore", "own"},
		{[]file{named, {"dockerfile", "Dockerfile", "FROM"}}, "", ""},
	} {
		client := New(t.Context(), nil)
		for _, f := range c.read {
			client.ignores.add(f.local, f.name, []byte(f.text))
		}
		if name, text := client.IgnoreFile(); name != c.name || string(text) != c.text {
			t.Errorf("%v: %s with %q", c.read, name, text)
		}
		client.Close()
	}
}
