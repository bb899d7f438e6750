package diag

import (
	"errors"
	"fmt"
	"strings"
)

// Errors is every error that a pass found. The first message comes alone where
// it is the only one, so that callers that look for a message find it; the
// others follow, each with its line. A problem in another file than the
// Dockerfile names that file itself.
type Errors struct {
	Diagnostics List
	// More is the number of further errors, which are left out.
	More int
}

// A file that is no Dockerfile at all has an error in each line, and lines of
// any length. An error that lists all of that does not fit into a message of
// BuildKit, and nobody reads it.
const (
	maxErrors  = 50
	maxMessage = 2 << 10
)

// Error returns the messages, one per line.
func (e *Errors) Error() string {
	var b strings.Builder
	for i, d := range e.Diagnostics {
		if i > 0 {
			b.WriteString("\n")
			if line := d.Line(); line > 0 && d.File == nil {
				fmt.Fprintf(&b, "line %d: ", line)
			}
		}
		b.WriteString(shorten(d.Text()))
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more errors", e.More)
	}
	return b.String()
}

// Unwrap returns the causes, so that errors.Is and errors.As see through.
func (e *Errors) Unwrap() []error {
	causes := make([]error, 0, len(e.Diagnostics))
	for _, d := range e.Diagnostics {
		causes = append(causes, d.Cause)
	}
	return causes
}

func shorten(message string) string {
	end := ""
	if more := len(message) - maxMessage; more > 0 {
		message, end = message[:maxMessage], fmt.Sprintf("... (%d bytes more)", more)
	}
	return strings.ToValidUTF8(message, "\uFFFD") + end // a gRPC message has to be UTF-8
}

// WithHint adds to an error what to write instead. The text of the error ends
// with the hint in parentheses; a Diagnostic has it in a field of its own.
func WithHint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return hinted{err, fmt.Sprintf(format, args...)}
}

type hinted struct {
	error
	hint string
}

func (h hinted) Error() string { return h.error.Error() + " (" + h.hint + ")" }

// Unwrap returns the error without the hint.
func (h hinted) Unwrap() error { return h.error }

// splitHint takes the hint off the end of an error's text. Text that was added
// around the error stays.
func splitHint(err error) (message, hint string) {
	message = err.Error()
	var h hinted
	if errors.As(err, &h) {
		if bare, ok := strings.CutSuffix(message, " ("+h.hint+")"); ok {
			return bare, h.hint
		}
	}
	return message, ""
}
