package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/diag"
)

// CheckDirective returns the lint configuration in the check directive of a
// file. It is the default one if the file has no such directive.
func CheckDirective(text []byte) (*linter.Config, error) {
	if !mayHaveCheck(text) {
		return &linter.Config{}, nil
	}
	options, value, at, _ := parser.ParseDirective("check", text)
	config, err := linter.ParseLintOptions(options)
	if err != nil {
		err = fmt.Errorf("failed to parse check options: %w", diag.WithHint(err, "%s", checkHint(err, value)))
		return nil, parser.WithLocation(err, at)
	}
	return config, nil
}

// mayHaveCheck reports whether the comments at the start of a file may have a check
// directive. BuildKit's parser of directives needs a buffer of 4 KB, and most files
// have none.
func mayHaveCheck(text []byte) bool {
	text = bytes.TrimPrefix(text, byteOrderMark)
	for line := range bytes.Lines(text) {
		comment, ok := bytes.CutPrefix(line, []byte("#"))
		if !ok {
			return false
		}
		if diag.MayBeCheck(string(comment)) {
			return true
		}
	}
	return false
}

var byteOrderMark = []byte("\ufeff")

// HintCheck adds a hint to the error of linter.ParseLintOptions about options
// that are not from a directive.
func HintCheck(err error) error { return diag.WithHint(err, "%s", checkHint(err, "")) }

// checkHint says how to fix the error of a check option. value is the value of
// the directive, with the part after the options.
func checkHint(err error, value string) string {
	joined := strings.ReplaceAll(value, " ", "")
	if _, wrong := linter.ParseLintOptions(joined); wrong == nil && joined != "" {
		return "the options end at the first space: write " + joined
	}
	if errors.Is(err, strconv.ErrSyntax) {
		return "write error=true or error=false"
	}
	return "the options are skip=, experimental= and error=, with semicolons between them, as in skip=StageNameCasing;error=true"
}

// explainParser returns the errors of a text that BuildKit's parser cannot
// parse, with their positions. err is the error of the parser.
func explainParser(err error, text []byte) []error {
	if errs := directiveErrors(text); len(errs) > 0 {
		return errs
	}
	return []error{explainHeredoc(hintNoInstructions(explainLongLine(err, text)), text)}
}

// directiveErrors returns the errors of the parser directives. BuildKit's parser
// finds only the first one, and its position is the line before.
func directiveErrors(text []byte) (errs []error) {
	first := map[string]int{}
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(text, byteOrderMark)) {
		n++
		line = bytes.TrimLeftFunc(bytes.TrimRight(line, "\r\n"), unicode.IsSpace)
		directive, _ := new(parser.DirectiveParser).ParseLine(line)
		if directive == nil {
			break
		}
		if err := directiveError(directive, first[directive.Name]); err != nil {
			errs = append(errs, parser.WithLocation(err, oneLine(n)))
		}
		if first[directive.Name] == 0 {
			first[directive.Name] = n
		}
	}
	return errs
}

// directiveError returns the error of a directive, or nil. first is the line of
// the first directive of its name, 0 if there is none before.
func directiveError(d *parser.Directive, first int) error {
	if first > 0 {
		err := fmt.Errorf("only one %s parser directive can be used", d.Name)
		return diag.WithHint(err, "the first one is on line %d: remove one of them", first)
	}
	if d.Name == "escape" && d.Value != "`" && d.Value != `\` {
		err := fmt.Errorf("invalid escape token '%s' does not match ` or \\", d.Value)
		return diag.WithHint(err, "write # escape=` or # escape=\\ with nothing after it")
	}
	return nil
}

func oneLine(n int) []parser.Range {
	at := parser.Position{Line: n}
	return []parser.Range{{Start: at, End: at}}
}
