package ahead

import "testing"

// Of the ignore files of all contexts, the one with the patterns is meant.
func TestIgnoreFile(t *testing.T) {
	c := New(t.Context(), nil)
	defer c.Close()
	c.ignores.add(".dockerignore", []byte("# main\n a \nb\n"))
	c.ignores.add("Dockerfile.dockerignore", []byte("c\n"))
	c.ignores.add(".dockerignore", []byte("a\n")) // of a named context
	for _, want := range []struct {
		patterns   []string
		name, text string
	}{
		{[]string{"a", "b"}, ".dockerignore", "# main\n a \nb\n"},
		{[]string{"a"}, ".dockerignore", "a\n"},
		{[]string{"c"}, "Dockerfile.dockerignore", "c\n"},
		{[]string{"d"}, "", ""},
	} {
		if name, text := c.IgnoreFile(want.patterns); name != want.name || string(text) != want.text {
			t.Errorf("%q: %s with %q", want.patterns, name, text)
		}
	}
}
