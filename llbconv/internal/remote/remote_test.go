package remote

import "testing"

func TestFilename(t *testing.T) {
	for url, want := range map[string]string{
		"https://e.org/a/b.tar.gz?x=1#y": "b.tar.gz",
		"https://e.org":                  "__unnamed__",
		"https://e.org/":                 "__unnamed__",
		"https://e.org/a/":               "a",
		"https://e.org/%41":              "A",
		"https://e.org/%zz":              "__unnamed__",
	} {
		if got := filename(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}
