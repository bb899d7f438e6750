package insight

import (
	"slices"
	"testing"
)

func TestRedacted(t *testing.T) {
	for name, want := range map[string]string{
		"context":                             "context",
		"docs":                                "docs",
		"https://example.com/a.tar":           "https://example.com/a.tar",
		"https://user:secret@example.com/a":   "https://example.com/a",
		"https://example.com/a?token=secret":  "https://example.com/a",
		"git://github.com/a/b.git#v1":         "git://github.com/a/b.git#v1",
		"https://user:sec%zzret@example.com/": "https://...",
	} {
		if got := redacted(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// The record of a build contains no secret.
func TestHashedContexts(t *testing.T) {
	b := build{dockerfile: "FROM scratch\nADD https://user:secret@example.com/a?token=secret /\n"}
	if got := salt("s").hashed(b.state(t)).Contexts; !slices.Equal(got, []string{"https://example.com/a"}) {
		t.Errorf("%q", got)
	}
}
