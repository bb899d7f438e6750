package llbconv

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// A Graph is the stages of a Dockerfile in order, including those that the
// target does not need.
type Graph []GraphStage

// A GraphStage is a stage and its dependencies.
type GraphStage struct {
	// Name is the name of the stage, or stage-N.
	Name string
	// Line and Text are the line and the text of the FROM.
	Line int
	Text string
	// Base is what the stage starts from, nil for the empty image.
	Base *GraphReference
	// Reachable is set if the target needs the stage, Target if it is the
	// target.
	Reachable, Target bool
	// Steps are the instructions that make a filesystem. A stage that a named context
	// replaces has none.
	Steps []GraphStep
}

// A GraphStep is an instruction and the references in it.
type GraphStep struct {
	// Line and Text are the instruction in the Dockerfile, as in a Step.
	Line       int
	Text       string
	References []GraphReference
}

// A GraphReference is a stage, an image or a named context that a stage or a
// step refers to.
type GraphReference struct {
	Kind ReferenceKind
	// Stage is the index of the stage, -1 for an image or a context.
	Stage int
	// Name is the name of the image or context. IsContext is set for a context.
	Name      string
	IsContext bool
}

// ReferenceKind is the kind of instruction that holds a reference.
type ReferenceKind string

// The kinds of references.
const (
	FromReference  ReferenceKind = "from"  // FROM
	CopyReference  ReferenceKind = "copy"  // COPY --from
	MountReference ReferenceKind = "mount" // RUN --mount=from
)

// Graph lists the stages of the file. Stages that the target needs also have
// the instructions from the ONBUILD triggers of their base images.
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

// emptyImage is the name of the empty image.
const emptyImage = "scratch"

// reference describes the base of a stage, or an implicit stage that an
// instruction names.
func (r *Result) reference(kind ReferenceKind, s *plan.Stage) GraphReference {
	switch base := r.inputs.bases[s.Index]; {
	case s.Context != nil:
		return GraphReference{Kind: kind, Stage: plan.NoStage, Name: s.Source.Name, IsContext: true}
	case s.From.Stage != plan.NoStage:
		return GraphReference{Kind: kind, Stage: s.From.Stage}
	default:
		isContext := base != nil && base.Ref == "" && base.Content.State.Output() != nil
		return GraphReference{Kind: kind, Stage: plan.NoStage, Name: s.From.Name, IsContext: isContext}
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
			if !strings.EqualFold(ref.Name, emptyImage) { // a mount without from
				step.References = append(step.References, ref)
			}
		}
		steps = append(steps, step)
	}
	return steps
}
