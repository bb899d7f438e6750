package llbconv

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// A Graph is the stages of a Dockerfile, also those that the target does not need,
// in the order of the file.
type Graph []GraphStage

// A GraphStage is a stage and what it depends on.
type GraphStage struct {
	// Name is the name of the stage, or stage-N.
	Name string
	// Line and Text are those of FROM.
	Line int
	Text string
	// Base is what the stage starts from, nil where that is the empty image.
	Base *GraphReference
	// Reachable is set where the target needs the stage; Target where it is the
	// target.
	Reachable, Target bool
	// Steps are the instructions that make a filesystem. A stage that a named context
	// replaces has none.
	Steps []GraphStep
}

// A GraphStep is an instruction and what it reads from.
type GraphStep struct {
	// Line and Text are the instruction in the Dockerfile, as in a Step.
	Line       int
	Text       string
	References []GraphReference
}

// A GraphReference is a stage, an image or a named context that a stage or a step
// names.
type GraphReference struct {
	Kind ReferenceKind
	// Stage is the index of the stage, -1 where it is an image or a context.
	Stage int
	// Name is the name of an image or a context; IsContext tells those apart.
	Name      string
	IsContext bool
}

// ReferenceKind says how something is named.
type ReferenceKind string

// The kinds of references.
const (
	FromReference  ReferenceKind = "from"  // FROM
	CopyReference  ReferenceKind = "copy"  // COPY --from
	MountReference ReferenceKind = "mount" // RUN --mount=from
)

// Graph lists the stages of the file. The instructions that the ONBUILD triggers of
// base images add are known of the stages that the target needs.
func (r *Result) Graph() (graph Graph) {
	g := r.inputs.graph
	reachable := g.Reachable()
	for i, s := range g.Stages {
		if s.Implicit {
			continue
		}
		stage := GraphStage{
			Name:      stageName(s),
			Line:      firstLine(s.Source.Location),
			Text:      s.Source.Code,
			Reachable: reachable[i],
			Target:    s == g.Target,
		}
		if ref := r.reference(FromReference, s); ref.Name != emptyImage || ref.IsContext || ref.Stage >= 0 {
			stage.Base = &ref
		}
		if s.Context == nil {
			stage.Steps = r.graphSteps(s)
		}
		graph = append(graph, stage)
	}
	return graph
}

// emptyImage is the name of the image without files.
const emptyImage = "scratch"

// reference is what a stage starts from, or what an instruction names where the
// stage is an implicit one.
func (r *Result) reference(kind ReferenceKind, s *plan.Stage) GraphReference {
	switch base := r.inputs.bases[s.Index]; {
	case s.Context != nil:
		return GraphReference{Kind: kind, Stage: plan.NoStage, Name: s.Source.Name, IsContext: true}
	case s.Base != plan.NoStage:
		return GraphReference{Kind: kind, Stage: s.Base}
	default:
		isContext := base != nil && base.Ref == "" && base.Content.State.Output() != nil
		return GraphReference{Kind: kind, Stage: plan.NoStage, Name: s.BaseName, IsContext: isContext}
	}
}

// graphSteps lists the instructions of a stage that make a filesystem.
func (r *Result) graphSteps(s *plan.Stage) (steps []GraphStep) {
	for _, in := range s.Steps {
		kind := CopyReference
		switch in.Instruction.Command.(type) {
		case *instructions.RunCommand:
			kind = MountReference
		case *instructions.CopyCommand, *instructions.AddCommand, *instructions.WorkdirCommand:
		default:
			continue
		}
		step := GraphStep{Line: firstLine(in.Instruction.Location()), Text: fmt.Sprint(in.Instruction.Command)}
		if in.Instruction.OnBuild {
			step.Text = "ONBUILD " + step.Text
		}
		for _, i := range in.Sources {
			source := r.inputs.graph.Stages[i]
			ref := GraphReference{Kind: kind, Stage: i}
			if source.Implicit {
				ref = r.reference(kind, source)
			}
			if !strings.EqualFold(ref.Name, emptyImage) { // as a mount that names nothing
				step.References = append(step.References, ref)
			}
		}
		steps = append(steps, step)
	}
	return steps
}
