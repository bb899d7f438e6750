package insight

import (
	"strings"
	"testing"
	"unicode"
)

// Control characters in file names and Dockerfiles do not reach the terminal.
func TestHostileNames(t *testing.T) {
	const hostile = "a\x1b[31m\r\n\u202eb\x07"
	before := build{
		dockerfile: "FROM busybox AS one\nCOPY . /\nRUN [\"\\u001b[31m\\r\", \"b\"]\n",
		files:      map[string]string{"a": "a\n"},
	}
	now := before
	now.files = map[string]string{"a": "a\n", hostile: "a\n"}
	report := now.compare(t, before)
	lines := Lines(report, false, hour(2), false)
	if len(lines) != 1 {
		t.Fatalf("%q", lines)
	}
	for _, line := range append(lines, strings.Split(Table(report, hostile), "\n")...) {
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q", line)
		}
	}
}

// readContexts returns a new state, and does not change the one that it is given.
func TestReadContextsChangesNothing(t *testing.T) {
	st := build{dockerfile: "FROM scratch\nCOPY . /\n"}.state(t)
	read, _, err := readContexts(t.Context(), st, salt("s"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if st.Steps[0].Reads[0].Digest != "" || read.Steps[0].Reads[0].Digest == "" {
		t.Errorf("%+v\nwas read as\n%+v", st, read)
	}
}

func TestParseVerbosity(t *testing.T) {
	for value, want := range map[string]Verbosity{"": Default, "on": On, "all": All, "off": Off} {
		if got, err := ParseVerbosity(value); got != want || err != nil {
			t.Errorf("%q is %s, %v", value, got, err)
		}
	}
	if _, err := ParseVerbosity("maybe"); err == nil || !strings.Contains(err.Error(), "STRATA_WHY=maybe") {
		t.Error(err)
	}
}
