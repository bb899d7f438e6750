package frontend

import (
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// An excerpt keeps the lines around the range, at their numbers.
func TestExcerpt(t *testing.T) {
	text := strings.Repeat(strings.Repeat("x", 2*maxLineLength)+"\n", 1000)
	at := []parser.Range{{Start: parser.Position{Line: 500}, End: parser.Position{Line: 501}}}
	lines := strings.Split(strings.TrimSuffix(string(excerpt([]byte(text), at)), "\n"), "\n")
	if len(lines) != 501+linesAround {
		t.Errorf("%d lines", len(lines))
	}
	for i, line := range lines {
		want := 0
		if n := i + 1; n >= 500-linesAround && n <= 501+linesAround {
			want = maxLineLength
		}
		if len(line) != want {
			t.Errorf("line %d has %d bytes, not %d", i+1, len(line), want)
		}
	}
	if small := "FROM busybox\n"; string(excerpt([]byte(small), at)) != small {
		t.Error("a small file was cut")
	}
}
