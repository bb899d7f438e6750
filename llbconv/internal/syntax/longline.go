package syntax

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/diag"
)

// explainLongLine returns an error with the position of the first line that is
// too long for BuildKit's parser. err is the error of the parser. The parser stops
// at such a line as if the file ended there, so that it may report something else
// as missing.
func explainLongLine(err error, text []byte) error {
	n := longLine(text)
	var located *parser.LocationError
	if n == 0 || !errors.As(err, &located) {
		return err
	}
	switch message := located.Error(); {
	case message == "file with no instructions", message == "unterminated heredoc":
	case strings.HasPrefix(message, "dockerfile line greater than "):
	default:
		return err
	}
	err = fmt.Errorf("dockerfile line greater than max allowed size of %d", bufio.MaxScanTokenSize-1)
	err = diag.WithHint(err, "split the line, or COPY its content from a file")
	return parser.WithLocation(err, oneLine(n))
}

// longLine returns the number of the first line that is too long for a
// bufio.Scanner, which the parser reads lines with, or 0.
func longLine(text []byte) int {
	lines := bufio.NewScanner(bytes.NewReader(text))
	n := 1
	for lines.Scan() {
		n++
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return n
	}
	return 0
}
