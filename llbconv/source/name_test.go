package source

import (
	"testing"

	"github.com/distribution/reference"
)

var names = []string{
	"", "a", "busybox", "node:20-slim", "docker.io/library/node:20.1", "127.0.0.1:5000/a/b:c", "a:b/c", "a:5000/c",
	"docker.io/a", "index.docker.io/a:b", "ghcr.io/org/app", "org/app", "org/app:1", "a.b",
	"a..b", "a--b", "-a", "a-", "a/", "/a", "a//b", "a:", "a:b:c", "A", "a_b", "a@b", "localhost/a", "a.b/c.d-e/f:g.h-i", "scratch",
	"0123456789012345678901234567890123456789012345678901234567890123",
}

// A name for which IsPlainName is true is valid.
func TestIsPlainName(t *testing.T) {
	plain := 0
	for _, name := range names {
		if !IsPlainName(name) {
			continue
		}
		plain++
		if _, err := reference.ParseNormalizedNamed(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if plain < 7 {
		t.Errorf("only %d names are plain", plain)
	}
}

func FuzzIsPlainName(f *testing.F) {
	for _, name := range names {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		ref, err := reference.ParseNormalizedNamed(name)
		if err != nil && IsPlainName(name) {
			t.Errorf("%q: %v", name, err)
		}
		if full, failed := FullName(name); (failed == nil) != (err == nil) {
			t.Errorf("%q: %v, want %v", name, failed, err)
		} else if err == nil && full != reference.TagNameOnly(ref).String() {
			t.Errorf("%q: %s, want %s", name, full, reference.TagNameOnly(ref))
		}
	})
}
