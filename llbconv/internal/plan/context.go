package plan

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
)

// ReadsWholeContext reports whether the target surely needs all files of the main
// context, such as for "COPY . .". Triggers of base images, which the graph may lack,
// change nothing about that.
func (g *Graph) ReadsWholeContext() (whole bool) {
	for i, reachable := range g.Reachable() {
		if !reachable {
			continue
		}
		s := g.Stages[i]
		if s.Context != nil {
			return false // its steps do not run, nor those that only they read from
		}
		whole = whole || slices.ContainsFunc(s.Steps, Step.readsWholeContext)
	}
	return whole
}

func (s Step) readsWholeContext() bool {
	switch c := s.Instruction.Command.(type) {
	case *instructions.CopyCommand:
		return c.From == "" && slices.ContainsFunc(c.SourcePaths, isRoot)
	case *instructions.AddCommand:
		return slices.ContainsFunc(c.SourcePaths, isRoot)
	case *instructions.RunCommand:
		return slices.ContainsFunc(instructions.GetMounts(c), func(m *instructions.Mount) bool {
			return m.Type == instructions.MountTypeBind && m.From == "" && isRoot(m.Source)
		})
	}
	return false
}

func isRoot(name string) bool { return FromRoot(name) == "/" }

// FromRoot returns the path of a source from the root of its context or stage.
func FromRoot(name string) string { return path.Join("/", filepath.ToSlash(name)) }
