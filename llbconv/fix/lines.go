package fix

import (
	"bytes"

	"github.com/moby/buildkit/frontend/dockerfile/command"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
)

// removeBlankLines removes the empty lines of an instruction, except those of its
// here-documents. If the instruction continues only in such lines, up to the end of the
// file, it also removes the escape character above them.
func removeBlankLines(f *File, in instruction, _ diag.Diagnostic) (edits []advice.Edit) {
	if in.open > 0 {
		line := bytes.TrimRight(f.line(in.open), "\r\n")
		text, _ := f.continued(line)
		start := f.lines[in.open-1]
		edits = append(edits, f.edit(start+len(bytes.TrimRight(text, " \t")), start+len(line), ""))
	}
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
