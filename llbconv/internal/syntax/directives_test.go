package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stratabuild/strata/llbconv/diag"
)

// failures lists the errors of a text, each with its line.
func failures(text string) string {
	var all []string
	_, diags := Parse([]byte(text), nil)
	for _, d := range diags {
		if d.Severity == diag.Error {
			all = append(all, fmt.Sprintf("%d: %s", d.Line(), d.Text()))
		}
	}
	return strings.Join(all, "\n")
}

const (
	twice       = "only one %s parser directive can be used (the first one is on line %d: remove one of them)"
	wrongEscape = "invalid escape token '%s' does not match ` or \\ (write # escape=` or # escape=\\ with nothing after it)"
	wrongCheck  = "failed to parse check options: invalid check option %q (the options are skip=, experimental= and error=, with semicolons between them, as in skip=StageNameCasing;error=true)"
)

// An error about a parser directive points at the directive.
func TestDirectiveErrors(t *testing.T) {
	second := "2: " + fmt.Sprintf(twice, "syntax", 1)
	for text, want := range map[string]string{
		"# syntax=a\n# syntax=b\nFROM c\n":           second,
		"# syntax=a\r\n# syntax=b\r\nFROM c\r\n":     second,
		"\ufeff# syntax=a\n# syntax=b\nFROM c\n":     second,
		"#SYNTAX = a\n  # Syntax = b\nFROM c\n":      second,
		"# syntax=a\n# syntax=b":                     second,
		"# escape=\\\n# escape=`\nFROM c\n":          "2: " + fmt.Sprintf(twice, "escape", 1),
		"# check=skip=all\n#check=skip=all\nFROM c":  "2: " + fmt.Sprintf(twice, "check", 1),
		"#syntax=a\n#escape=`\n#syntax=b\nFROM c\n":  "3: " + fmt.Sprintf(twice, "syntax", 1),
		"#escape=`\n#check=skip=all\n#escape=`\n":    "3: " + fmt.Sprintf(twice, "escape", 1),
		"# escape=x\nFROM c\n":                       "1: " + fmt.Sprintf(wrongEscape, "x"),
		"\ufeff# escape=x\r\nFROM c\r\n":             "1: " + fmt.Sprintf(wrongEscape, "x"),
		"# syntax=a\n# escape=` # why\nFROM c\n":     "2: " + fmt.Sprintf(wrongEscape, "` # why"),
		"# check=foo=bar\nFROM c\n":                  "1: " + fmt.Sprintf(wrongCheck, "foo"),
		"# syntax=a\r\n# check=foo=bar\r\nFROM c\r":  "2: " + fmt.Sprintf(wrongCheck, "foo"),
		"\ufeff# escape=`\n# check=foo\nFROM c\n":    "2: " + fmt.Sprintf(wrongCheck, "foo"),
		"#!/bin/x\n# escape=x\n# check=foo\nFROM c":  "3: " + fmt.Sprintf(wrongCheck, "foo"),
		"#!/bin/x\n# check=foo\n# escape=x\nFROM c":  "2: " + fmt.Sprintf(wrongCheck, "foo"),
		"#!/bin/x\n# syntax=a\n# syntax=b\nFROM c\n": "",
		"# escape=x\n# check=foo\n# escape=`\nFROM c": strings.Join([]string{
			"2: " + fmt.Sprintf(wrongCheck, "foo"),
			"1: " + fmt.Sprintf(wrongEscape, "x"),
			"3: " + fmt.Sprintf(twice, "escape", 1),
		}, "\n"),
		"# check=foo\nFROM c\nUSER\n": "1: " + fmt.Sprintf(wrongCheck, "foo") + "\n3: dockerfile parse error on line 3: USER requires exactly one argument",
	} {
		if got := failures(text); got != want {
			t.Errorf("%q:\n%s\nwant:\n%s", text, got, want)
		}
	}
}

// The hint about a check option depends on the probable mistake.
func TestCheckHints(t *testing.T) {
	for options, want := range map[string]string{
		"error=maybe":        "write error=true or error=false",
		"error=":             "write error=true or error=false",
		"skip=A; error=true": "the options end at the first space: write skip=A;error=true",
		"skip = all":         "the options end at the first space: write skip=all",
		"skip # why":         "the options are skip=,",
		"skip=A;;error=true": "the options are skip=,",
		"StageNameCasing":    "the options are skip=,",
	} {
		got := failures("# check=" + options + "\nFROM c\n")
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", options, got, want)
		}
	}
}

// Lines that look like directives after the first other line are comments.
func TestNoDirectives(t *testing.T) {
	for _, above := range []string{"# a comment\n", "#\n", "\n", "#!/bin/x\n", "# other=x\n", "# escape=\n", "ARG a\n", "FROM b\n"} {
		text := above + "# escape=x\n# syntax=a\n# syntax=b\nFROM c\n"
		if got := failures(text); got != "" {
			t.Errorf("%q: %s", text, got)
		}
	}
}
