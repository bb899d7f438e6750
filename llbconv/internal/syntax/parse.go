package syntax

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
)

// Parse reads the text of a Dockerfile. check overrides the file's own check
// directive where it is not nil. The list holds every error and warning; the
// file is nil when there is an error in it.
func Parse(text []byte, check *linter.Config) (*File, *diag.List) {
	diags := &diag.List{}
	file, err := parse(text, check, diags)
	diags.AddError(err)
	if diags.Err() != nil {
		return nil, diags
	}
	return file, diags
}

func parse(text []byte, check *linter.Config, diags *diag.List) (_ *File, err error) {
	defer guard.Recover(&err)
	if len(text) == 0 {
		return nil, parser.WithLocation(errors.New("the Dockerfile cannot be empty ("+startHint+")"), firstLine)
	}
	if check == nil {
		options, _, _, _ := parser.ParseDirective("check", text)
		if check, err = linter.ParseLintOptions(options); err != nil {
			return nil, fmt.Errorf("failed to parse check options: %w", err)
		}
	}
	tree, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, explainHeredoc(hintNoInstructions(err), text)
	}
	lint := diags.Linter(*check)
	warnEmptyContinuations(tree, lint)

	g := grouper{
		all:   make([]Instruction, 0, len(tree.AST.Children)),
		file:  &File{Text: text, Escape: tree.EscapeToken, Check: *check, Explicit: map[string]bool{}},
		lint:  lint,
		diags: diags,
	}
	for i, node := range tree.AST.Children {
		g.add(node)
		tree.AST.Children[i] = nil // it may be large, and is of no more use
	}
	if diags.Err() != nil {
		return nil, nil
	}
	if len(g.file.Stages) == 0 {
		return nil, parser.WithLocation(errors.New("dockerfile contains no stages to build ("+startHint+")"), firstLine)
	}
	checkStageNames(g.file.Stages, lint)
	checkCasing(g.file.Stages, lint)
	g.file.Violated = *lint.CalledRules
	return g.file, nil
}

// startHint helps with files that lack a first instruction.
const startHint = "a Dockerfile starts with FROM <image>"

// firstLine is where what a file lacks is reported.
var firstLine = []parser.Range{{Start: parser.Position{Line: 1}, End: parser.Position{Line: 1}}}

// hintNoInstructions adds a hint to the parser's error about a file that has
// nothing but comments. The error points at the last line, if there is any.
func hintNoInstructions(err error) error {
	var located *parser.LocationError
	if !errors.As(err, &located) || located.Error() != "file with no instructions" {
		return err
	}
	at := located.Locations[0]
	if at[0].Start.Line == 0 {
		at = firstLine
	}
	return parser.WithLocation(fmt.Errorf("file with no instructions (%s)", startHint), at)
}

func warnEmptyContinuations(tree *parser.Result, lint *linter.Linter) {
	rule := &linter.RuleNoEmptyContinuation
	for _, w := range tree.Warnings {
		if w.URL == rule.URL {
			lint.Run(rule, []parser.Range{*w.Location}, rule.Format())
		}
	}
}

// grouper puts instructions into stages. It goes on after an error, so that
// all errors of a file are found in one go.
type grouper struct {
	file  *File
	lint  *linter.Linter
	diags *diag.List
	// adrift is set while the FROM that the instructions belong to is in
	// error or missing, and has been reported.
	adrift bool
	// all are the instructions of all stages, and have room for every node.
	all []Instruction
}

func (g *grouper) add(node *parser.Node) {
	stripped, flags, err := takeFlags(node, g.file.Escape)
	if err != nil {
		g.fail(node, parser.WithLocation(err, node.Location()))
		return
	}
	node = stripped
	parsed, err := parseInstruction(node, g.lint)
	if err != nil {
		g.fail(node, suggestFlag(node, err))
		return
	}
	switch c := parsed.(type) {
	case *instructions.Stage:
		g.adrift = false
		g.file.Stages = append(g.file.Stages, newStage(c))
	case *instructions.ArgCommand:
		if len(g.file.Stages) == 0 && !g.adrift {
			g.declare(c, flags)
			return
		}
		g.attach(node, c, flags)
	case instructions.Command:
		g.attach(node, c, flags)
	}
}

func (g *grouper) fail(node *parser.Node, err error) {
	g.diags.AddError(&ParseError{Line: node.StartLine, Err: err})
	g.adrift = g.adrift || isFrom(node)
}

// declare adds a global ARG.
func (g *grouper) declare(c *instructions.ArgCommand, flags *Flags) {
	g.file.GlobalArgs = append(g.file.GlobalArgs, *c)
	for _, a := range c.Args {
		g.file.Explicit[a.Key] = flags.Explicit
	}
}

func (g *grouper) attach(node *parser.Node, c instructions.Command, flags *Flags) {
	if g.adrift {
		return
	}
	n := len(g.file.Stages)
	if n == 0 {
		err := fmt.Errorf("no build stage in current context (%s comes before the first FROM)", node.Value)
		g.diags.AddError(parser.WithLocation(err, node.Location()))
		g.adrift = true
		return
	}
	g.all = append(g.all, newInstruction(node, c, flags, g.file.Escape))
	stage := &g.file.Stages[n-1]
	first := len(g.all) - 1 - len(stage.Instructions)
	stage.Instructions = g.all[first:len(g.all):len(g.all)]
}

func newStage(s *instructions.Stage) Stage {
	return Stage{
		Name:     s.Name,
		BaseName: s.BaseName,
		Platform: s.Platform,
		Keyword:  s.OrigCmd,
		Doc:      s.DocComment,
		Code:     s.SourceCode,
		Location: s.Location,
		Comments: s.Comments,
	}
}

// A ParseError is an instruction that could not be read.
type ParseError struct {
	Line int
	Err  error
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("dockerfile parse error on line %d: %v", e.Line, e.Err)
}

// Unwrap returns the error without the line.
func (e *ParseError) Unwrap() error { return e.Err }
