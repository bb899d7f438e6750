package advice

import (
	"strings"
	"testing"
)

func TestApply(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		edits []Edit
		want  string // or the error
	}{
		"none":               {"a\nb\n", nil, "a\nb\n"},
		"insert a line":      {"a\nb\n", []Edit{insert(2, "x\n")}, "a\nx\nb\n"},
		"at the end":         {"a\nb\n", []Edit{insert(3, "x\n")}, "a\nb\nx\n"},
		"no last line end":   {"a\nb", []Edit{insert(3, "x\n")}, "a\nb\nx\n"},
		"replace":            {"a\nb\nc\n", []Edit{replace(2, 3, "x\ny\n")}, "a\nx\ny\nc\n"},
		"remove the last":    {"a\nb", []Edit{replace(2, 3, "")}, "a\n"},
		"in a line":          {"RUN a\n", []Edit{insertAt(1, 4, "--x ")}, "RUN --x a\n"},
		"at a line's end":    {"RUN a", []Edit{insertAt(1, 5, " b")}, "RUN a b"},
		"CRLF":               {"a\r\nb\r\n", []Edit{insert(2, "x\ny\n")}, "a\r\nx\r\ny\r\nb\r\n"},
		"any order":          {"a\nb\n", []Edit{insert(2, "y\n"), insert(1, "x\n")}, "x\na\ny\nb\n"},
		"equal ones":         {"a\n", []Edit{insert(1, "x\n"), insert(1, "x\n")}, "x\na\n"},
		"overlapping":        {"a\nb\n", []Edit{replace(1, 3, ""), replace(2, 3, "x\n")}, "two edits overlap at byte 2"},
		"a line too far":     {"a\nb\n", []Edit{insert(4, "x\n")}, "the text has no range from 4:0 to 4:0"},
		"a byte too far":     {"a\nb\n", []Edit{insertAt(1, 3, "x")}, "the text has no range from 1:3 to 1:3"},
		"the end goes first": {"a\nb\n", []Edit{replace(2, 1, "x")}, "the text has no range from 2:0 to 1:0"},
	} {
		out, err := Apply([]byte(c.text), c.edits)
		got := string(out)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestChecks(t *testing.T) {
	last := ""
	for _, c := range Checks() {
		if c.Name <= last || c.Description == "" || !strings.HasSuffix(c.URL(), "/docs/checks/"+c.Name+".md") {
			t.Errorf("%+v after %s", c, last)
		}
		last = c.Name
		if found, ok := Lookup(c.Name); !ok || found.Name != c.Name {
			t.Errorf("%s: not found", c.Name)
		}
	}
	if c, ok := Lookup("None"); ok {
		t.Errorf("there is no check None, but %+v", c)
	}
}
