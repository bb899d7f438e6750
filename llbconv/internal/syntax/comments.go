package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/diag"
)

// commentFlags returns the flags in the comments above an instruction, in the
// spelling of flags.
func commentFlags(comments []string) (flags []string, err error) {
	for _, comment := range comments {
		value, ok := Directive(comment)
		if !ok {
			continue
		}
		for _, flag := range DirectiveFlags(value) {
			name, _, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
			if flagInstructions[name] == nil {
				return nil, aboutComments(unknownInComment(comment, name), []string{comment})
			}
			flags = append(flags, flag)
		}
	}
	return flags, nil
}

// DirectiveFlags returns the flags in the value of a comment, without the blanks
// around = and ;.
func DirectiveFlags(value string) (flags []string) {
	for item := range strings.SplitSeq(value, ";") {
		name, value, hasValue := strings.Cut(item, "=")
		flag := "--" + strings.TrimSpace(name)
		if hasValue {
			flag += "=" + strings.TrimSpace(value)
		}
		flags = append(flags, flag)
	}
	return flags
}

// Directive returns the value of a comment that holds flags. It has the form of
// BuildKit's check directives: "# strata=cache-ttl=1w;arg=GIT_SHA".
func Directive(comment string) (value string, ok bool) {
	const space = " \t\n\f\r"
	name, value, ok := strings.Cut(comment, "=")
	if !ok || !strings.EqualFold(strings.TrimRight(name, space), "strata") {
		return "", false
	}
	return strings.Trim(value, space), true
}

func unknownInComment(comment, name string) error {
	names := slices.Sorted(maps.Keys(flagInstructions))
	err := fmt.Errorf("# %s: unknown flag %q", comment, name)
	if name == "" {
		return diag.WithHint(fmt.Errorf("# %s: a flag is missing", comment), "write # strata=NAME=VALUE;NAME, with the names %s", strings.Join(names, ", "))
	}
	if found, err := suggest.WrapErrorMaybe(err, name, names, true); found {
		return err
	}
	return diag.WithHint(err, "there are %s", strings.Join(names, ", "))
}

// A commentError is an error about the flags in comments above an instruction.
type commentError struct {
	error
	comments []string
}

// Unwrap returns the error without the comments.
func (e *commentError) Unwrap() error { return e.error }

// aboutComments returns an error about all comments that hold flags.
func aboutComments(err error, comments []string) error {
	if err == nil {
		return nil
	}
	var about []string
	for _, comment := range comments {
		if _, ok := Directive(comment); ok {
			about = append(about, comment)
		}
	}
	return &commentError{err, about}
}

// placeOf returns the place of an error about the flags of an instruction: its
// comments, or else the instruction.
func placeOf(err error, node *parser.Node, text []byte) (place []parser.Range) {
	var e *commentError
	if !errors.As(err, &e) {
		return node.Location()
	}
	lines := linesOf(text)
	for n := node.StartLine - 1; n > 0; n-- {
		line := bytes.TrimSpace(lines[n-1])
		if comment, ok := directiveLine(line); ok && slices.Contains(e.comments, comment) {
			place = append(oneLine(n), place...)
		} else if len(line) > 0 && line[0] != '#' {
			break
		}
	}
	if len(place) == 0 {
		return node.Location()
	}
	return place
}

// withoutDirectives returns a node without the comments that hold flags: BuildKit's
// linter takes the last comment above an ARG as its description.
func withoutDirectives(node *parser.Node) *parser.Node {
	if !slices.ContainsFunc(node.PrevComment, isDirective) {
		return node
	}
	without := *node
	without.PrevComment = slices.DeleteFunc(slices.Clone(node.PrevComment), isDirective)
	return &without
}

// withComments adds the flags in the comments above ONBUILD to the expression
// of the trigger, so that they apply in the builds that run it.
func withComments(expression string, comments []string) string {
	var lines strings.Builder
	for _, comment := range comments {
		if _, ok := Directive(comment); ok {
			lines.WriteString("# " + comment + "\n")
		}
	}
	return lines.String() + expression
}
