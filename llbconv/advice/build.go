package advice

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// A Build is the input of the checks: a Dockerfile and the parameters of its build.
type Build struct {
	// Text is the content of the Dockerfile, Escape its escape character.
	Text   []byte
	Escape rune
	// GlobalArgs are the ARG instructions before the first FROM.
	GlobalArgs []Instruction
	// Stages are the stages of the file, in order.
	Stages []Stage
	// BuildArgs are the build args that the client gave.
	BuildArgs map[string]string
	// Ignored is set if the context has an ignore file that excludes something.
	Ignored bool
	// Files returns the files of the main context that PatternsIn selects for some
	// directories. ok is false if they are not known. If Files is nil, they are never
	// known. It is called at most once, if a check needs the files.
	Files func(dirs []string) (files Files, ok bool)
}

// A Stage is a FROM and the instructions after it.
type Stage struct {
	From Instruction
	// Name is the name after AS in lower case, empty if there is none.
	Name string
	// Base is the expanded name of the image, stage or context after FROM.
	// BaseStage is the index of that stage, or -1 if it is not a stage.
	Base      string
	BaseStage int
	// Image describes the image after FROM.
	Image Image
	// Platform is the --platform flag as written, empty if there is none.
	Platform string
	// Needed is set if the conversion reads the stage and no named context replaces
	// it.
	Needed bool
	// Target is set for the target stage.
	Target       bool
	Instructions []Instruction
}

// An Image is the part of an image's configuration that the checks look at.
type Image struct {
	User, WorkingDir string
	Env, Shell       []string
}

// An Instruction is an instruction with its place in the file.
type Instruction struct {
	// Command is the result of BuildKit's parser, with unexpanded variables. It is
	// nil for FROM.
	Command instructions.Command
	// Start and End are the first and the last line. They include here-documents,
	// but not the comments above the instruction.
	Start, End int
	// Comments are the comments above it, without their "#".
	Comments []string
	// Sources are the indexes of the stages that --from and --mount name.
	Sources []int
	// Flags are Strata's own flags on the instruction.
	Flags Flags
}

// Flags are flags about the cache; see docs/freshness.md.
type Flags struct {
	NoCache, TTL, Key, Explicit bool
	// Args are the names of the explicit args that the step uses.
	Args []string
}

// fresh reports whether a flag limits how long the result may be reused.
func (f Flags) fresh() bool { return f.NoCache || f.TTL || f.Key }

// Range returns the lines of an instruction.
func (i Instruction) Range() []parser.Range {
	var lines []parser.Range
	for n := i.Start; n <= i.End; n++ {
		at := parser.Position{Line: n}
		lines = append(lines, parser.Range{Start: at, End: at})
	}
	return lines
}

// lines returns the lines of the file, without line endings.
func (b Build) lines() []string {
	lines := strings.Split(string(b.Text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return lines
}
