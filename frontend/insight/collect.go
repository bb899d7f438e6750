package insight

import (
	"slices"

	"github.com/moby/buildkit/client/llb"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv"
)

// A Collection collects the steps of all platforms of a build, and the build
// contexts that they read.
type Collection struct {
	// Histories is a directory with histories, nil if there is none.
	Histories *llb.State
	// Notices are lines for the user, besides those of the comparison.
	Notices []string

	state    State
	memory   string                  // the id of the cache mount
	contexts []llb.State             // by index of State.Contexts
	sources  map[contextSource]int   // the indexes
	mounts   map[int]bool            // the contexts whose files are compared
	commands []commandEnv            // by step
	vertices map[digest.Digest][]int // steps
}

// commandEnv is the environment of a command: of the step itself, or of the
// nearest command before it.
type commandEnv struct{ variables map[string]string }

// A contextSource is a build context, or a part of it that is transferred for some of
// the steps.
type contextSource struct {
	name   string
	source digest.Digest
}

// Add adds the steps of a conversion for a platform.
func (c *Collection) Add(platform string, steps []llbconv.Step) {
	if c.vertices == nil {
		c.vertices = map[digest.Digest][]int{}
		c.mounts = map[int]bool{}
		c.sources = map[contextSource]int{}
	}
	first := len(c.state.Steps)
	for _, s := range steps {
		in := StepInputs{Stage: s.Stage, Line: s.Line, Text: s.Text, Platform: platform, Parent: -1, ByContent: s.ByContent, Linked: s.Linked, Forced: s.Forced}
		before := commandEnv{}
		if s.Parent >= 0 {
			in.Parent = first + s.Parent
			before = c.commands[in.Parent]
		}
		var own commandEnv
		in.Inputs, own = inputs(s.Inputs, before)
		for _, r := range s.Reads {
			in.Reads = append(in.Reads, c.read(r, first))
		}
		for _, dgst := range s.Digests {
			c.vertices[dgst] = append(c.vertices[dgst], len(c.state.Steps))
		}
		c.state.Steps = append(c.state.Steps, in)
		c.commands = append(c.commands, own)
	}
}

// inputs leaves out the variables of a command that the command before has too.
func inputs(all []llbconv.StepInput, before commandEnv) ([]Input, commandEnv) {
	var list []Input
	own := map[string]string{}
	isCommand := slices.ContainsFunc(all, isOrder)
	for _, in := range all {
		if in.Kind == llbconv.VariableInput && isCommand {
			own[in.Name] = in.Value
			if value, ok := before.variables[in.Name]; ok && value == in.Value {
				continue
			}
		}
		list = append(list, Input{Kind: Kind(in.Kind), Name: in.Name, Value: in.Value})
	}
	if !isCommand { // the variables that a COPY expands are not an environment
		return list, before
	}
	for _, name := range sortedKeys(before.variables) {
		if _, ok := own[name]; !ok {
			list = append(list, Input{Kind: KindVariable, Name: name, Unset: true})
		}
	}
	return list, commandEnv{own}
}

// isOrder reports whether an input is the order of a command's variables.
func isOrder(in llbconv.StepInput) bool { return in.Kind == llbconv.VariableInput && in.Name == "" }

func (c *Collection) read(r llbconv.StepRead, first int) Read {
	files := Selection{Path: r.Files.Path, Include: r.Files.Include, Exclude: r.Files.Exclude, Wildcard: r.Files.Wildcard, Follow: r.Files.Follow}
	read := Read{Step: -1, Files: files, BySteps: r.BySteps, Writable: r.Writable}
	if r.Step >= 0 {
		read.Step = first + r.Step
		return read
	}
	source := contextSource{r.Context, r.Source}
	at, known := c.sources[source]
	if !known {
		at = len(c.state.Contexts)
		c.sources[source] = at
		c.state.Contexts = append(c.state.Contexts, r.Context)
		c.contexts = append(c.contexts, r.State)
	}
	read.Context = at
	switch {
	case r.Fetched:
		c.mounts[at] = true
	case r.Pin != "":
		read.Digest, read.Whole = hashOf([]byte(r.Pin)), r.Whole
	default:
		read.Unknown, read.Source = true, r.Context
	}
	return read
}
