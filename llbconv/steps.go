package llbconv

import (
	"context"
	"slices"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// A Step is one step of a build with all parts of its cache key. Two steps have the
// same cache key if and only if their inputs, parents and reads are equal. Three
// kinds of inputs do not count: an EnvironmentInput, an OriginInput, and a
// VariableInput that the instruction expands. They explain changes of other inputs.
type Step struct {
	// Stage is the name of the stage, or stage-N.
	Stage string
	// Line and Text are the line and the text of the instruction. A trigger has
	// the line of the FROM of its stage.
	Line int
	Text string
	// Inputs are the parts of the key that are not filesystems.
	Inputs []StepInput
	// Parent is the index of the step whose filesystem this step changes, -1
	// for none.
	Parent int
	// ByContent is set if only the content of the parent's filesystem counts, as the
	// step also mounts it. Otherwise the steps that made it count.
	ByContent bool
	Reads     []StepRead
	// Linked is set for a copy that does not run again if Parent changes. Only
	// the steps after it do.
	Linked bool
	// Forced is set if the client asked for the step to ignore the cache.
	Forced bool
	// Digests are the digests of the step's ops in the definition from Marshal:
	// two for a linked copy, else one.
	Digests []digest.Digest
}

// A StepInput is a part of the cache key of a step.
type StepInput struct {
	Kind InputKind
	// Name distinguishes the inputs of a kind: the name of a variable, the
	// target of a mount, the name of an image.
	Name string
	// Value is the input in a canonical form. It may contain secrets, such as
	// the value of a build arg.
	Value string
}

// InputKind is the origin of an input of a step.
type InputKind string

// The kinds of inputs.
const (
	TextInput InputKind = "text" // the instruction
	// VariableInput is a variable from ENV or ARG. The variables of a command's
	// environment come first, then an input without a name that holds their order,
	// then the variables that the instruction expands.
	VariableInput  InputKind = "variable"
	BaseInput      InputKind = "base"      // an image, with its digest
	MountInput     InputKind = "mount"     // a mount of RUN
	PlatformInput  InputKind = "platform"  // the platform
	FreshnessInput InputKind = "freshness" // a flag that makes a step run again
	ClientInput    InputKind = "client"    // an option of the client
	SourceInput    InputKind = "source"    // a Git or HTTP source
	// EnvironmentInput is a variable of a base image. It follows from the
	// image, and shows where a variable of a later step comes from.
	EnvironmentInput InputKind = "environment"
	// OriginInput is a value from which inputs come: USER or SHELL of a base image,
	// the here-documents of the instruction, or the duration of its cache-ttl.
	OriginInput InputKind = "origin"
)

// A StepRead is a filesystem that a step reads, besides the one that it
// changes. The content of the files is part of the cache key.
type StepRead struct {
	// Step is the index of the step that made the filesystem, -1 for a build
	// context or a source.
	Step int
	// Context is the name of the build context, "context" for the main one, or
	// the URL of a source. State is its content, and Source the digest of its op:
	// two transfers of one context can have different files.
	Context string
	State   llb.State
	Source  digest.Digest
	// Fetched is set for a context that the daemon fetches in every build: the
	// files of a client, or a URL that may have changed.
	Fetched bool
	// Pin identifies the content of a source that is not fetched in every
	// build. It is empty if the content is not known before the source is
	// fetched.
	Pin string
	// Whole is set if Pin identifies a whole filesystem, such as an image or a commit.
	// With another Pin, the files that the step reads can be the same.
	Whole bool
	// Files selects the files that are read.
	Files Selection
	// BySteps is set if the key depends on the steps that made the filesystem,
	// not on its content.
	BySteps bool
	// Writable is set if the step can change the files, for itself.
	Writable bool
}

// A Selection selects the files of a filesystem that a step reads, by the rules
// of BuildKit's copy.
type Selection struct {
	// Path is the path of the file or directory, with wildcards if Wildcard is
	// set. If Follow is set, a symbolic link is followed.
	Path             string
	Include, Exclude []string
	Wildcard, Follow bool
}

// Steps lists the steps that the target needs, stage by stage, in the order of
// the Dockerfile. It does no I/O.
func (r *Result) Steps(ctx context.Context) ([]Step, error) {
	l := stepLister{
		constraints: r.constraints,
		contexts:    r.contexts(),
		index:       map[llb.Output]int{},
	}
	for i, reachable := range r.inputs.graph.Reachable() {
		stage := r.inputs.graph.Stages[i]
		if !reachable || stage.Implicit || r.lowered.Stages[i] == nil {
			continue
		}
		for _, s := range r.lowered.Stages[i].Steps {
			if err := l.add(ctx, stageName(stage), s); err != nil {
				return nil, err
			}
		}
	}
	return l.steps, nil
}

func stageName(s *plan.Stage) string {
	if s.Label == "" {
		return "stage-0"
	}
	return s.Label
}

// A buildContext is a build context with its name and, for an image, its digest.
type buildContext struct {
	name   string
	digest digest.Digest
}

// contexts returns the build contexts by their output.
func (r *Result) contexts() map[llb.Output]buildContext {
	contexts := map[llb.Output]buildContext{}
	for i, base := range r.inputs.bases {
		if base.Ref == "" && !base.Empty {
			name := r.inputs.graph.Stages[i].From.Name
			if base.ReplacesStage {
				name = r.inputs.graph.Stages[i].Source.Name
			}
			contexts[base.Content.State.Output()] = buildContext{name, base.Content.Digest}
		}
	}
	contexts[r.inputs.main.Content.State.Output()] = buildContext{name: mainContext}
	return contexts
}

type stepLister struct {
	constraints *llb.Constraints
	contexts    map[llb.Output]buildContext
	steps       []Step
	index       map[llb.Output]int // of the step that makes an output
}

func (l *stepLister) add(ctx context.Context, stage string, s lower.Step) error {
	op, isOp := s.Op.(*ops.Op)
	if !isOp { // a linked copy of nothing onto nothing
		return nil
	}
	step := Step{Stage: stage, Line: firstLine(s.Location), Text: s.Text, Parent: -1, Forced: s.IgnoreCache}
	key, own := op.Key(), []*ops.Op{op}
	if layer, linked := s.Layer.(*ops.Op); linked && layer != op {
		base := key.Base
		key, own = layer.Key(), []*ops.Op{layer, op}
		key.Base = base
		step.Linked = true
	}
	for _, op := range own {
		in, err := op.ToInput(ctx, l.constraints)
		if err != nil {
			return err
		}
		step.Digests = append(step.Digests, digest.Digest(in.Digest))
	}
	// The instruction and its command can use the same variable.
	step.Inputs = slices.Concat(l.platformInputs(key, ""), inputsOf(key.Parts), inputsOf(s.Parts))
	reads := key.Reads
	if parent, ok := l.index[key.Base]; ok {
		step.Parent, step.ByContent = parent, key.BaseByContent
	} else {
		reads = slices.Concat(readsOfBase(key.Base), reads)
	}
	found, err := l.dependencies(ctx, reads)
	if err != nil {
		return err
	}
	step.Inputs, step.Reads = append(step.Inputs, found.inputs...), found.reads
	l.index[s.Op] = len(l.steps)
	l.steps = append(l.steps, step)
	return nil
}

// platformInputs returns the platform of an op under a name, nothing if the platform
// is not part of its key.
func (l *stepLister) platformInputs(key ops.Key, name string) []StepInput {
	if !key.HasPlatform {
		return nil
	}
	platform := l.constraints.Platform
	if key.Platform != nil {
		platform = key.Platform
	}
	return []StepInput{{PlatformInput, name, platforms.FormatAll(*platform)}}
}

func inputsOf(parts []ops.KeyPart) []StepInput {
	inputs := make([]StepInput, len(parts))
	for i, p := range parts {
		inputs[i] = StepInput{InputKind(p.Kind), p.Name, p.Value}
	}
	return inputs
}

// readsOfBase returns the read of a filesystem that an op changes, nothing for the
// empty one.
func readsOfBase(base llb.Output) []ops.Read {
	if base == nil {
		return nil
	}
	return []ops.Read{{From: base, Path: "/", BySteps: true}}
}

// dependencies are what a step depends on because of the filesystems that it reads.
type dependencies struct {
	inputs []StepInput
	reads  []StepRead
}

func (l *stepLister) dependencies(ctx context.Context, reads []ops.Read) (all dependencies, err error) {
	for _, read := range reads {
		d, err := l.dependency(ctx, read)
		if err != nil {
			return all, err
		}
		all.inputs, all.reads = append(all.inputs, d.inputs...), append(all.reads, d.reads...)
	}
	return all, nil
}

// dependency returns what a step depends on if it reads a filesystem: that of
// another step, of an op of the same instruction, or a build context.
func (l *stepLister) dependency(ctx context.Context, read ops.Read) (dependencies, error) {
	files := Selection{Path: read.Path, Include: read.Include, Exclude: read.Exclude, Wildcard: read.Wildcard, Follow: read.Follow}
	if i, ok := l.index[read.From]; ok {
		return dependencies{reads: []StepRead{{Step: i, Files: files, BySteps: read.BySteps, Writable: read.Writable}}}, nil
	}
	if op, ok := read.From.(*ops.Op); ok {
		return l.ofInstruction(ctx, op.Key())
	}
	if read.From == nil {
		return dependencies{}, nil
	}
	content, err := l.content(ctx, read.From)
	if err != nil {
		return dependencies{}, err
	}
	content.Files, content.BySteps, content.Writable = files, read.BySteps, read.Writable
	return dependencies{reads: []StepRead{content}}, nil
}

// ofInstruction returns what a step depends on because of another op of its
// instruction. The platform of an image has the name of the image.
func (l *stepLister) ofInstruction(ctx context.Context, key ops.Key) (dependencies, error) {
	name := ""
	if key.HasPlatform {
		name = key.Parts[0].Name
	}
	found, err := l.dependencies(ctx, slices.Concat(key.Reads, readsOfBase(key.Base)))
	found.inputs = slices.Concat(l.platformInputs(key, name), inputsOf(key.Parts), found.inputs)
	return found, err
}
