package fix_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/fix"
)

// spellings have the same flags, on the instruction and as a comment.
var spellings = []struct{ name, flags, comments string }{
	{"no-cache", "RUN --no-cache date\nADD --no-cache a /\n", "# strata=no-cache\nRUN date\n# strata=no-cache\nADD a /\n"},
	{"several", "ARG SHA\nRUN --arg=SHA --cache-key=$X --cache-ttl=12h make\n", "ARG SHA\n# strata=arg=SHA;cache-key=$X;cache-ttl=12h\nRUN make\n"},
	{"beside others", "RUN --cache-ttl=1d --network=none make\n", "# strata=cache-ttl=1d\nRUN --network=none make\n"},
	{"below a comment", "# why\nRUN --no-cache <<EOF\n# strata=no-cache\nEOF\n", "# why\n# strata=no-cache\nRUN <<EOF\n# strata=no-cache\nEOF\n"},
	{"quoted", "RUN --cache-key=\"a 'b' \\\\ \\\"$X\\\"\" make\n", "# strata=cache-key=a 'b' \\ \"$X\"\nRUN make\n"},
	{"indented", "  RUN --no-cache a && \\\n    # why\n    b\n", "# strata=no-cache\n  RUN a && \\\n    # why\n    b\n"},
	{"trigger", "onbuild run --no-cache a\n", "# strata=no-cache\nonbuild run a\n"},
}

func spelled(t *testing.T, text string, s fix.Spelling) string {
	t.Helper()
	file, err := fix.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	out, err := advice.Apply([]byte(text), file.Spell(s))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Each spelling is rewritten into the other and back, and builds the same.
func TestSpell(t *testing.T) {
	for _, c := range spellings {
		for _, lineEnd := range []string{"\n", "\r\n"} {
			file := func(text string) string {
				return strings.ReplaceAll("# syntax=x\nARG G\nFROM busybox\nARG X=7\n"+text, "\n", lineEnd)
			}
			flags, comments := file(c.flags), file(c.comments)
			for _, step := range []struct {
				from, to string
				s        fix.Spelling
			}{{flags, comments, fix.Comments}, {comments, flags, fix.Flags}, {comments, comments, fix.Comments}, {flags, flags, fix.Flags}} {
				if got := spelled(t, step.from, step.s); got != step.to {
					t.Errorf("%s as %s:\n%q\nwant\n%q", c.name, step.s, got, step.to)
				}
			}
			checkSameGraph(t, c.name, flags, comments)
		}
	}
}

func checkSameGraph(t *testing.T, name, a, b string) {
	t.Helper()
	var defs [2][][]byte
	for i, text := range []string{a, b} {
		out, err := convert(t.Context(), difftest.Case{Dockerfile: []byte(text)}, []byte(text))
		if err != nil || out.diags.Failed() {
			t.Fatalf("%s: %v, %v\n%s", name, err, out.diags.Err(), text)
		}
		defs[i] = out.definition(t).Def
	}
	if !slices.EqualFunc(defs[0], defs[1], bytes.Equal) {
		t.Errorf("%s: the graphs differ", name)
	}
}

// BuildKit's parser reads a flag as bytes, so only a comment can hold other characters
// than those of ASCII.
func TestSpellBeyondASCII(t *testing.T) {
	for _, text := range []string{
		"FROM busybox\n# strata=cache-key=日本\nRUN x\n",
		"FROM busybox\n# strata=no-cache;arg=é\nRUN x\n",
		"FROM busybox\n# strata=cache-key=a\u00a0b\nRUN x\n",
		"FROM busybox\n# strata=cache-key=日本\nONBUILD RUN x\n",
		"FROM busybox\nRUN --cache-key=日本 x\n",
		"FROM busybox\nRUN --cache-key=Россия --no-cache x\n",
		"FROM busybox\nRUN --cache-key=a\xa0b x\n",
		"FROM busybox\nRUN --network=Р--no-cache x y\n",
	} {
		for _, s := range []fix.Spelling{fix.Comments, fix.Flags} {
			if got := spelled(t, text, s); got != text {
				t.Errorf("%q as %s: %q", text, s, got)
			}
		}
	}
	const mixed, flags = "FROM busybox\n# strata=cache-ttl=1h\n# strata=cache-key=日本\nRUN x\n", "FROM busybox\n# strata=cache-key=日本\nRUN --cache-ttl=1h x\n"
	if got := spelled(t, mixed, fix.Flags); got != flags {
		t.Errorf("%q as flags: %q", mixed, got)
	}
	checkSameGraph(t, mixed, mixed, flags)
}

// Flags at the first line of a file, and flags on a line of their own, are
// rewritten too.
func TestSpellAtEdges(t *testing.T) {
	for from, to := range map[string]string{
		"ARG --explicit X\nFROM busybox\n":                  "# strata=explicit\nARG X\nFROM busybox\n",
		"FROM busybox\nRUN \\\n  --no-cache \\\n  a":        "FROM busybox\n# strata=no-cache\nRUN \\\n   \\\n  a",
		"FROM busybox\nRUN --no-cache \\\n  a":              "FROM busybox\n# strata=no-cache\nRUN \\\n  a",
		"FROM busybox\nRUN --cache-key=\"a;b\" a":           "FROM busybox\nRUN --cache-key=\"a;b\" a",
		"FROM busybox\nRUN --cache-key=\" a\" --no-cache a": "FROM busybox\n# strata=no-cache\nRUN --cache-key=\" a\" a",
		"FROM busybox\nRUN --cache-key=\"a \" --no-cache a": "FROM busybox\n# strata=no-cache\nRUN --cache-key=\"a \" a",
	} {
		if got := spelled(t, from, fix.Comments); got != to {
			t.Errorf("%q as comments: %q, want %q", from, got, to)
		}
		checkSameGraph(t, from, from, to)
	}
	const indented, flags = "FROM busybox\n\t# strata = cache-key = a b\n\t## strata=no-cache\n\tRUN a", "FROM busybox\n\t## strata=no-cache\n\tRUN --cache-key=\"a b\" a"
	if got := spelled(t, indented, fix.Flags); got != flags {
		t.Errorf("%q as flags: %q, want %q", indented, got, flags)
	}
	checkSameGraph(t, indented, indented, flags)
}
