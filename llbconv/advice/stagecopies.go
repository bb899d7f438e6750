package advice

import (
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// from returns the stage, image or context from which a step copies, empty for the main
// context.
func (s *step) from() string {
	if c, ok := s.Command.(*instructions.CopyCommand); ok {
		return c.From
	}
	return ""
}

// changingFiles returns the sources and the destination of a COPY or ADD of files that
// change with the context: its files, or those of a stage that reads it.
func (v *view) changingFiles(s *step) (sources []string, dest string, ok bool) {
	if s.from() == "" {
		return s.contextFiles()
	}
	if !slices.ContainsFunc(s.Sources, v.hasContext) {
		return nil, "", false
	}
	return s.copiedFiles()
}

// readsContext reports whether a stage has files of the main context, or of an earlier
// stage that has.
func (v *view) readsContext(s stage) bool {
	return v.hasContext(s.source.BaseStage) || slices.ContainsFunc(s.steps, func(st *step) bool {
		return len(st.plainCopy().SourcePaths) > 0 || slices.ContainsFunc(st.Sources, v.hasContext) ||
			slices.ContainsFunc(st.mounts(), func(m mount) bool { return m.kind == "bind" && m.from == "" })
	})
}

// hasContext is the field context of a stage, by its index. It is false for an index
// that is not in v.stages.
func (v *view) hasContext(i int) bool { return i >= 0 && i < len(v.stages) && v.stages[i].context }
