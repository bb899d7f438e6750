package syntax

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/internal/guard"
)

// ParseTrigger parses the expression of an ONBUILD trigger, such as "RUN make".
// The instruction gets the position of the FROM. escape is the escape character of
// the Dockerfile with the FROM: it expands the words of the trigger, but it does not
// split the trigger into words.
func ParseTrigger(expression string, escape rune, from []parser.Range) (Instruction, error) {
	tree, err := parser.Parse(strings.NewReader(expression))
	if err != nil {
		return Instruction{}, err
	}
	if len(tree.AST.Children) != 1 {
		return Instruction{}, errors.New("onbuild trigger should be a single expression")
	}
	node := tree.AST.Children[0]
	node.StartLine, node.EndLine = span(from)
	node, flags, err := splitFlags(node, tree.EscapeToken)
	if err != nil {
		return Instruction{}, err
	}
	c, err := parseCommand(node)
	if err != nil {
		return Instruction{}, suggestFlag(node, err)
	}
	in := newInstruction(node, c, flags, escape)
	in.OnBuild = true
	return in, nil
}

// parseCommand is instructions.ParseCommand, but with a linter: without one,
// BuildKit's function panics if a comment above the instruction has a check
// directive.
func parseCommand(node *parser.Node) (instructions.Command, error) {
	parsed, err := parseInstruction(node, linter.New(&linter.Config{}))
	if err != nil {
		return nil, err
	}
	c, ok := parsed.(instructions.Command)
	if !ok {
		return nil, fmt.Errorf("%s cannot be used here", strings.ToUpper(node.Value))
	}
	return c, nil
}

func parseInstruction(node *parser.Node, lint *linter.Linter) (_ any, err error) {
	defer guard.Recover(&err)
	return instructions.ParseInstructionWithLinter(node, lint)
}

func span(ranges []parser.Range) (start, end int) {
	if len(ranges) == 0 {
		return 0, 0
	}
	start = math.MaxInt
	for _, r := range ranges {
		start = min(start, r.Start.Line)
		end = max(end, r.End.Line)
	}
	return start, end
}

func isFrom(node *parser.Node) bool {
	return strings.EqualFold(node.Value, command.From)
}
