package syntax

import (
	"strings"
	"testing"
)

// An error about a line that is too long points at the line.
func TestLongLine(t *testing.T) {
	const message = ": dockerfile line greater than max allowed size of 65535 (split the line, or COPY its content from a file)"
	long := strings.Repeat("a", 1<<16)
	for text, want := range map[string]string{
		"# " + long:                            "1" + message,
		"# " + long + "\nFROM a\n":             "1" + message,
		"# check=skip=" + long + "\nFROM a\n":  "1" + message,
		"FROM a\nRUN " + long:                  "2" + message,
		"FROM a\nRUN b \\\n" + long + "\n":     "3" + message,
		"FROM a\r\nRUN <<E\r\n" + long + "\nE": "3" + message,
		"FROM a\nRUN " + long[:65000] + "\n":   "",
		"# escape=x\n# " + long + "\n":         "1: invalid escape token 'x' does not match ` or \\ (write # escape=` or # escape=\\ with nothing after it)",
	} {
		if got := failures(text); got != want {
			t.Errorf("%.30q, %d bytes: %s, want %s", text, len(text), got, want)
		}
	}
}
