package insight

import (
	"fmt"
	"strings"

	"github.com/stratabuild/strata/llbconv/advice"
)

// Advice describes a place where the Dockerfile could use the cache better.
type Advice struct {
	// Check is the name of the check, URL its page.
	Check   string `json:"check"`
	Line    int    `json:"line"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	URL     string `json:"url"`
	// Fixable is set if the text can be fixed without a decision of the user.
	Fixable bool `json:"fixable,omitempty"`
	// Evidence counts earlier runs that the advice would have saved, nil if there
	// are none.
	Evidence *Evidence `json:"evidence,omitempty"`
}

// NewAdvice returns the findings of the checks in their documented form, with the
// evidence of earlier builds.
func NewAdvice(found []advice.Finding, evidence []Evidence) []Advice {
	list := []Advice{}
	for _, f := range found {
		check, _ := advice.Lookup(f.Code)
		a := Advice{
			Check: f.Code, Line: f.Line(), Message: f.Message, Hint: f.Hint, URL: check.URL(), Fixable: len(f.Edits) > 0,
		}
		for _, e := range evidence {
			if f.Reads != nil && f.Reads.Line == e.Line && f.Reads.Command == e.Command {
				a.Evidence = &e
			}
		}
		list = append(list, a)
	}
	return list
}

// writeAdvice writes advice under the table.
func writeAdvice(b *strings.Builder, list []Advice, file string) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\nAdvice:\n")
	for _, a := range list {
		fmt.Fprintf(b, "  %s:%d  %s: %s\n", file, a.Line, a.Check, oneLine(a.Message))
		if a.Hint != "" {
			fmt.Fprintf(b, "      %s\n", oneLine(a.Hint))
		}
		if a.Evidence != nil {
			fmt.Fprintf(b, "      %s\n", oneLine(a.Evidence.sentence()))
		}
	}
}
