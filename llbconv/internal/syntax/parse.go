package syntax

import (
	"errors"
	"fmt"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
)

// Parse parses the text of a Dockerfile. check replaces the check directive of
// the file, unless it is nil. The list holds all errors and warnings; the file
// is nil if there are errors.
func Parse(text []byte, check *linter.Config) (*File, diag.List) {
	var found diag.Recorder
	file, err := parse(text, check, &found)
	found.Error(err)
	if found.Failed() {
		return nil, found.List()
	}
	return file, found.List()
}

func parse(text []byte, check *linter.Config, found *diag.Recorder) (_ *File, err error) {
	defer guard.Recover(&err)
	if len(text) == 0 {
		return nil, parser.WithLocation(diag.WithHint(errors.New("the Dockerfile cannot be empty"), startHint), firstLine)
	}
	if check == nil {
		if check, err = CheckDirective(text); err != nil {
			found.Error(err)
			check = &linter.Config{SkipAll: true}
		}
	}
	tree, err := ParseTree(text)
	if err != nil {
		for _, err := range explainParser(err, text) {
			found.Error(err)
		}
		return nil, nil
	}
	lint := found.Linter(check)
	warnEmptyContinuations(tree, lint)

	g := grouper{
		file:  &File{Text: text, Escape: tree.EscapeToken, Check: *check, Explicit: map[string]bool{}},
		lint:  lint,
		found: found,
	}
	for i, node := range tree.AST.Children {
		g.add(node, tree.AST.Children[i+1:])
	}
	if found.Failed() {
		return nil, nil
	}
	if len(g.file.Stages) == 0 {
		return nil, parser.WithLocation(diag.WithHint(errors.New("dockerfile contains no stages to build"), startHint), firstLine)
	}
	checkStageNames(g.file.Stages, lint)
	checkCasing(g.file.Stages, lint)
	g.file.Violated = *lint.CalledRules
	return g.file, nil
}

// startHint is for files without a first instruction.
const startHint = "a Dockerfile starts with FROM <image>"

// firstLine is the place of an error about something that is missing in the
// file.
var firstLine = oneLine(1)

// hintNoInstructions adds a hint to the parser's error about a file of comments
// only. The error points at the last line, if there is one.
func hintNoInstructions(err error) error {
	var located *parser.LocationError
	if !errors.As(err, &located) || located.Error() != "file with no instructions" {
		return err
	}
	at := located.Locations[0]
	if at[0].Start.Line == 0 {
		at = firstLine
	}
	return parser.WithLocation(diag.WithHint(errors.New("file with no instructions"), startHint), at)
}

func warnEmptyContinuations(tree *parser.Result, lint *linter.Linter) {
	rule := &linter.RuleNoEmptyContinuation
	for _, w := range tree.Warnings {
		if w.URL == rule.URL {
			lint.Run(rule, []parser.Range{*w.Location}, rule.Format())
		}
	}
}

// grouper groups instructions into stages. It continues after errors, so that
// all errors of a file are reported together.
type grouper struct {
	file  *File
	lint  *linter.Linter
	found *diag.Recorder
	// noStage is set after a missing or invalid FROM, which has been reported.
	noStage bool
}

// add adds a node. rest are the nodes after it.
func (g *grouper) add(node *parser.Node, rest []*parser.Node) {
	stripped, flags, err := splitFlags(node, g.file.Escape)
	if err != nil {
		place := placeOf(err, node, g.file.Text)
		g.fail(node, place[0].Start.Line, parser.WithLocation(err, place))
		return
	}
	comments := node.PrevComment
	node = withoutDirectives(stripped)
	parsed, err := parseInstruction(node, g.lint)
	if err != nil {
		g.fail(node, node.StartLine, suggestFlag(node, err))
		return
	}
	switch c := parsed.(type) {
	case *instructions.Stage:
		g.noStage = false
		g.file.Stages = append(g.file.Stages, newStage(c, rest))
	case *instructions.ArgCommand:
		g.warnLateFlag(c)
		if len(g.file.Stages) == 0 && !g.noStage {
			g.declare(c, flags)
			return
		}
		g.attach(node, c, flags)
	case *instructions.OnbuildCommand:
		c.Expression = withComments(c.Expression, comments)
		g.attach(node, c, flags)
	case instructions.Command:
		g.attach(node, c, flags)
	}
}

// warnLateFlag warns of a flag after the name of an ARG.
func (g *grouper) warnLateFlag(c *instructions.ArgCommand) {
	for _, a := range c.Args {
		if a.Key != "--"+flagExplicit {
			continue
		}
		g.found.Warn(diag.WithComments(g.lint, c.Comments()), diag.Diagnostic{
			Kind:    diag.Kind{Code: "FlagAfterName", Detail: "The flags of ARG come before the names"},
			Message: a.Key + " is taken for the name of an arg: write the flag before the name",
			Range:   c.Location(),
		})
	}
}

// fail adds the error of a node. line is the line of the error.
func (g *grouper) fail(node *parser.Node, line int, err error) {
	g.found.Error(&ParseError{Line: line, Err: err})
	g.noStage = g.noStage || isFrom(node)
}

// declare adds a global ARG.
func (g *grouper) declare(c *instructions.ArgCommand, flags Flags) {
	g.file.GlobalArgs = append(g.file.GlobalArgs, *c)
	for _, a := range c.Args {
		g.file.Explicit[a.Key] = flags.Explicit
	}
}

func (g *grouper) attach(node *parser.Node, c instructions.Command, flags Flags) {
	if g.noStage {
		return
	}
	n := len(g.file.Stages)
	if n == 0 {
		err := diag.WithHint(errors.New("no build stage in current context"), "%s comes before the first FROM", node.Value)
		g.found.Error(parser.WithLocation(err, node.Location()))
		g.noStage = true
		return
	}
	stage := &g.file.Stages[n-1]
	stage.Instructions = append(stage.Instructions, newInstruction(node, c, flags, g.file.Escape))
}

// newStage returns a stage without instructions, with space for those in rest.
func newStage(s *instructions.Stage, rest []*parser.Node) Stage {
	n := slices.IndexFunc(rest, isFrom)
	if n < 0 {
		n = len(rest)
	}
	return Stage{
		Instructions: make([]Instruction, 0, n),

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

// A ParseError is the error of an instruction that cannot be parsed.
type ParseError struct {
	Line int
	Err  error
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("dockerfile parse error on line %d: %v", e.Line, e.Err)
}

// Unwrap returns the error without the line.
func (e *ParseError) Unwrap() error { return e.Err }
