package advice

import (
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// A Build is what the checks see: a Dockerfile, and how it is built.
type Build struct {
	// Text is the Dockerfile, Escape its escape character.
	Text   []byte
	Escape rune
	// GlobalArgs are the ARG instructions before the first FROM.
	GlobalArgs []Instruction
	// Stages are those of the file, in order.
	Stages []Stage
	// BuildArgs are the build args that the client gave.
	BuildArgs map[string]string
	// Ignored is set where the context has an ignore file that leaves something
	// out.
	Ignored bool
	// Files returns the files of the main context; see Files. ok is false where
	// they are not known. Nil is never known. It is called only by the checks that
	// need it.
	Files func() (files Files, ok bool)
}

// A Stage is a FROM and the instructions after it.
type Stage struct {
	From Instruction
	// Name is the name after AS in lower case, empty where there is none.
	Name string
	// Base is the expanded name of the image, stage or context after FROM.
	// BaseStage is the index of the stage that it is, -1 for all else.
	Base      string
	BaseStage int
	// Image is what is known of the image after FROM.
	Image Image
	// Platform is the --platform flag as written, empty where there is none.
	Platform string
	// Needed is set where the stage is built and its instructions are its own:
	// no named context replaces it.
	Needed bool
	// Target is set for the stage that is the result.
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
	// Command is what BuildKit's parser makes of it, with variables as they are
	// written. It is nil for FROM.
	Command instructions.Command
	// Start and End are the first and the last line. Here-documents are part of
	// an instruction, the comments above it are not.
	Start, End int
	// Comments are the comments above it, without their "#".
	Comments []string
	// Sources are the indexes of the stages that it reads from by --from and
	// --mount.
	Sources []int
	// Flags are Strata's own flags that the instruction has.
	Flags Flags
}

// Flags are flags about the cache; see docs/freshness.md.
type Flags struct {
	NoCache, TTL, Key, Explicit bool
	// Args are the names of explicit args that the step gets.
	Args []string
}

// fresh reports whether the user has said how long a step may be reused.
func (f Flags) fresh() bool { return f.NoCache || f.TTL || f.Key }

// Range is the place of an instruction.
func (i Instruction) Range() []parser.Range {
	var lines []parser.Range
	for n := i.Start; n <= i.End; n++ {
		at := parser.Position{Line: n}
		lines = append(lines, parser.Range{Start: at, End: at})
	}
	return lines
}

// lines are the lines of the file, without line ends.
func (b Build) lines() []string {
	lines := strings.Split(string(b.Text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return lines
}

// files returns the files of the context, if they are known.
func (v *view) files() (Files, bool) {
	if v.build.Files == nil {
		return nil, false
	}
	return v.build.Files()
}
