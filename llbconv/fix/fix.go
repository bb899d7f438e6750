// Package fix edits the text of a Dockerfile. It fixes problems that BuildKit's
// lint rules find, converts flags to comments and back, and formats edits as a
// diff.
//
// An edit keeps comments, blank lines and line endings. The package changes nothing
// if an edit might not be safe.
package fix

import (
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
)

// A Fix fixes a problem.
type Fix struct {
	// Code and Message are the code and message of the problem.
	Code, Message string
	// Text describes the fix in one sentence.
	Text  string
	Edits []advice.Edit
	// Unsafe is set if the fix can change the behaviour of the image. Text has the
	// reason.
	Unsafe bool
}

// A fixer edits an instruction that a rule warns of. It returns no edits if it is
// not certain.
type fixer struct {
	text   string
	unsafe bool
	edits  func(*File, instruction, diag.Diagnostic) []advice.Edit
}

// fixers are the fixes of BuildKit's lint rules. For the other rules the text does
// not determine a fix: an undefined variable, for example, needs a different fix in
// each file.
var fixers = map[string]fixer{
	linter.RuleStageNameCasing.Name:                {text: "Write the name of the stage in lower case", edits: lowerStageName},
	linter.RuleFromAsCasing.Name:                   {text: "Write AS in the case of FROM", edits: matchAs},
	linter.RuleConsistentInstructionCasing.Name:    {text: "Write the instruction in the case of the others", edits: matchCase},
	linter.RuleNoEmptyContinuation.Name:            {text: "Remove the empty lines", edits: removeBlankLines},
	linter.RuleMaintainerDeprecated.Name:           {text: "Write the maintainer as a label", edits: labelMaintainer},
	linter.RuleLegacyKeyValueFormat.Name:           {text: "Write key=value", edits: writeKeyValue},
	linter.RuleMultipleInstructionsDisallowed.Name: {text: "Remove the instruction that has no effect", edits: removeInstruction},
	linter.RuleRedundantTargetPlatform.Name:        {text: "Remove the flag", edits: removePlatform},
	linter.RuleWorkdirRelativePath.Name:            {text: "Write the path from the root", edits: absoluteWorkdir},
	linter.RuleExposeProtoCasing.Name:              {text: "Write the protocol in lower case", edits: lowerProtocol},
	linter.RuleExposeInvalidFormat.Name:            {text: "Keep the port of the container", edits: containerPort},
	linter.RuleJSONArgsRecommended.Name: {
		text:   "Write the command in JSON form. Unsafe: no shell runs it then, and ENTRYPOINT gets other arguments",
		unsafe: true,
		edits:  writeJSON,
	},
}

// Lint returns the fix of a warning about the file. ok is false if there is none.
func (f *File) Lint(d diag.Diagnostic) (_ Fix, ok bool) {
	m, ok := fixers[d.Kind.Code]
	if !ok {
		return Fix{}, false
	}
	in, ok := f.at(d.Line())
	if !ok {
		return Fix{}, false
	}
	edits := m.edits(f, in, d)
	return Fix{Code: d.Kind.Code, Message: d.Message, Text: m.text, Edits: edits, Unsafe: m.unsafe}, len(edits) > 0
}

// at returns the instruction that contains a line.
func (f *File) at(line int) (instruction, bool) {
	for _, in := range f.instructions {
		if in.node.StartLine <= line && line <= in.node.EndLine {
			return in, in.text != ""
		}
	}
	return instruction{}, false
}
