package diag

import (
	"errors"
	"fmt"
	"strings"
)

// Errors holds all errors of a pass. Its text is the message of a single error;
// with several errors, each message has its line. Callers can thus search the
// text for a message. A problem in another file than the Dockerfile names that
// file in its message.
type Errors struct {
	Diagnostics List
	// More is the number of further errors that are left out.
	More int
}

// A file that is not a Dockerfile has an error in each line, and lines of any
// length. These limits keep the error readable, and small enough for a message
// of BuildKit.
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

// Unwrap returns the causes, so that errors.Is and errors.As find them.
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
	return strings.ToValidUTF8(message, "\uFFFD") + end // gRPC messages are UTF-8
}

// WithHint adds to an error how to fix it. The text of the error ends with the
// hint in parentheses; a Diagnostic has it as a field.
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

// splitHint cuts the hint off the text of an error. The text that other errors
// added before the hint stays.
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
