package advice_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv/advice"
)

// A checkCase is a Dockerfile and the lines where a check has findings, as in "2
// 5". An exclamation mark follows a line if the finding there has edits.
type checkCase struct {
	name, text, want string
	files            advice.Files
	ignore           string
	args             map[string]string
}

func (c checkCase) difftest(text string) difftest.Case {
	d := difftest.Case{Dockerfile: []byte(text), Options: difftest.Options{
		BuildArgs: c.args,
		Images:    map[string]difftest.Image{"a": {}, "b": {}},
	}}
	if c.ignore != "" {
		d.Dockerignore = []byte(c.ignore)
	}
	return d
}

// runCases runs the cases of one check. After the edits, no finding with edits may
// remain. CRLF line endings must give the same result.
func runCases(t *testing.T, check string, cases []checkCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := onlyOf(check, adviceOf(t, c.difftest(c.text), c.files))
			var got []string
			for _, f := range found {
				mark := ""
				if len(f.Edits) > 0 {
					mark = "!"
				}
				got = append(got, fmt.Sprint(f.Line(), mark))
			}
			if lines := strings.Join(got, " "); lines != c.want {
				t.Fatalf("findings at %q, want %q: %+v", lines, c.want, found)
			}
			checkEdits(t, c, check, found)
		})
	}
}

func onlyOf(check string, all []advice.Finding) (found []advice.Finding) {
	for _, f := range all {
		if f.Code == check {
			found = append(found, f)
		}
	}
	return found
}

func checkEdits(t *testing.T, c checkCase, check string, found []advice.Finding) {
	t.Helper()
	fixed := apply(t, []byte(c.text), found)
	left := onlyOf(check, adviceOf(t, c.difftest(string(fixed)), c.files))
	without := 0
	for _, f := range found {
		if len(f.Edits) == 0 {
			without++
		}
	}
	if len(left) != without {
		t.Errorf("%d findings are left, want %d, in\n%s", len(left), without, fixed)
	}
	if bytes.ContainsRune([]byte(c.text), '\r') {
		return
	}
	windows := strings.ReplaceAll(c.text, "\n", "\r\n")
	withCR := apply(t, []byte(windows), onlyOf(check, adviceOf(t, c.difftest(windows), c.files)))
	if want := strings.ReplaceAll(string(fixed), "\n", "\r\n"); string(withCR) != want {
		t.Errorf("with CRLF: %q, want %q", withCR, want)
	}
}

// apply applies the edits of all findings.
func apply(t *testing.T, text []byte, found []advice.Finding) []byte {
	t.Helper()
	var edits []advice.Edit
	for _, f := range found {
		edits = append(edits, f.Edits...)
	}
	fixed, err := advice.Apply(text, edits)
	if err != nil {
		t.Fatal(err)
	}
	return fixed
}

// fixedText returns a Dockerfile after the edits of a check.
func fixedText(t *testing.T, check string, c checkCase) string {
	t.Helper()
	return string(apply(t, []byte(c.text), onlyOf(check, adviceOf(t, c.difftest(c.text), c.files))))
}
