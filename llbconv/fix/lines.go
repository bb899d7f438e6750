package fix

import (
	"github.com/moby/buildkit/frontend/dockerfile/command"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
)

// removeBlankLines removes the empty lines of an instruction, except those of its
// here-documents.
func removeBlankLines(_ *File, in instruction, _ diag.Diagnostic) (edits []advice.Edit) {
	for _, n := range in.blank {
		edits = append(edits, remove(n, n))
	}
	return edits
}

// removeInstruction removes an instruction that a later one replaces. It keeps an
// instruction with comments inside.
func removeInstruction(_ *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	if in.commented || !in.is(command.Cmd, command.Entrypoint, command.Healthcheck) {
		return nil
	}
	return []advice.Edit{remove(in.node.StartLine, in.node.EndLine)}
}
