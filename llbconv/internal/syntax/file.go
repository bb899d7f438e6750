// Package syntax is the first pass: it turns the text of a Dockerfile into
// stages and instructions. BuildKit's parser does the language; what is here
// groups its nodes, goes on after an error, and checks what can be checked on
// the syntax alone.
package syntax

import (
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// A File is a parsed Dockerfile. It is never changed after Parse, so that one
// parse serves every platform.
type File struct {
	Text []byte
	// Escape is the escape character in force.
	Escape rune
	// GlobalArgs are the ARG instructions before the first FROM. Explicit holds
	// the names of those that are marked --explicit.
	GlobalArgs []instructions.ArgCommand
	Explicit   map[string]bool
	Stages     []Stage
	// Check is the lint configuration that applies to the whole file.
	Check linter.Config
	// Violated are the lint rules that the parse has warned of. They count
	// where the build is to fail on warnings.
	Violated []string
}

// A Stage is one FROM and the instructions that follow it.
type Stage struct {
	// Name is the name after AS in lower case, empty where there is none.
	Name string
	// BaseName is the image or stage after FROM, not expanded.
	BaseName string
	// Platform is the value of --platform, not expanded.
	Platform     string
	Keyword      string // FROM as it was written
	Doc          string // description comment
	Code         string
	Location     []parser.Range
	Comments     []string
	Instructions []Instruction
}

// An Instruction is a command of a stage.
type Instruction struct {
	instructions.Command
	Flags Flags
	// OnBuild marks an instruction that comes from an ONBUILD trigger of the
	// base.
	OnBuild bool

	node *parser.Node
}

// Fresh parses the instruction again and returns a command that shares no
// state with the first. BuildKit keeps the mounts of a RUN in state that
// expansion writes to.
func (i Instruction) Fresh() (instructions.Command, error) {
	return parseCommand(i.node)
}
