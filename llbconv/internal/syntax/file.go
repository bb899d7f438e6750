// Package syntax is the first pass: it turns the text of a Dockerfile into
// stages and instructions. It uses BuildKit's parser, groups the nodes,
// continues after errors, and runs the checks that need only the syntax.
package syntax

import (
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/internal/expand"
)

// A File is a parsed Dockerfile. It does not change after Parse, so that one
// parse serves all platforms.
type File struct {
	Text []byte
	// Escape is the escape character.
	Escape rune
	// GlobalArgs are the ARG instructions before the first FROM. Explicit holds
	// the names of those that are marked --explicit.
	GlobalArgs []instructions.ArgCommand
	Explicit   map[string]bool
	Stages     []Stage
	// Check is the lint configuration of the file.
	Check linter.Config
	// Violated lists the lint rules that the parser warned of. They count if
	// the build treats warnings as errors.
	Violated []string
}

// A Stage is one FROM and the instructions that follow it.
type Stage struct {
	// Name is the name after AS in lower case, empty if there is none.
	Name string
	// BaseName is the image or stage after FROM, not expanded.
	BaseName string
	// Platform is the value of --platform, not expanded.
	Platform     string
	Keyword      string // FROM as written
	Doc          string // description comment
	Code         string
	Location     []parser.Range
	Comments     []string
	Instructions []Instruction
}

// An Instruction is a command of a stage.
type Instruction struct {
	Command instructions.Command
	Flags   Flags
	// OnBuild is set for an instruction from an ONBUILD trigger of the base.
	OnBuild bool

	// node is the syntax of a RUN whose mounts contain variables, else nil.
	node *parser.Node
}

// Location is the place of the instruction in the file.
func (i Instruction) Location() []parser.Range { return i.Command.Location() }

// Comments are the comment lines above the instruction.
func (i Instruction) Comments() []string { return i.Command.Comments() }

func newInstruction(node *parser.Node, c instructions.Command, flags Flags, escape rune) Instruction {
	in := Instruction{Command: c, Flags: flags}
	run, ok := c.(*instructions.RunCommand)
	if ok && len(instructions.GetMounts(run)) > 0 && !expandLiteralMounts(run, node, escape) {
		in.node = node
	}
	return in
}

// expandLiteralMounts parses the mounts of a RUN if they contain no variables.
// It leaves errors to the lowering of the instruction, which may not be needed.
func expandLiteralMounts(c *instructions.RunCommand, node *parser.Node, escape rune) bool {
	for _, f := range node.Flags {
		if !expand.Literal(f, escape) {
			return false
		}
	}
	itself := func(word string) (string, error) { return word, nil }
	return c.Expand(itself) == nil
}

// Run returns the RUN with its mounts expanded. BuildKit stores mounts in the
// instruction, and expansion writes to them. An instruction with variables is
// therefore parsed again, so that the first result stays as it is.
func (i Instruction) Run(c *instructions.RunCommand, word instructions.SingleWordExpander) (*instructions.RunCommand, error) {
	if i.node == nil {
		return c, nil
	}
	parsed, err := parseCommand(i.node)
	if err != nil {
		return nil, err
	}
	run := parsed.(*instructions.RunCommand)
	return run, run.Expand(word)
}
