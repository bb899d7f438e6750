// Package lower is the fourth pass: it turns the instructions of the stages
// into LLB, one stage at a time, in order. Each instruction takes a state and
// returns the next one. An instruction in error returns the state before it, so
// that lowering continues and finds further errors.
package lower

import (
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/moby/patternmatcher"

	"github.com/stratabuild/strata/internal/guard"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/expand"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
	"github.com/stratabuild/strata/llbconv/source"
)

// Options are the options of the pass.
type Options struct {
	Platforms plan.Platforms
	Args      Args
	File      File
	Context   Context
	Daemon    Daemon
	// Lock pins remote sources; nil pins none.
	Lock   source.Lock
	Exec   Exec
	Policy CachePolicy
	// MultiPlatform adds the platform to the names of steps.
	MultiPlatform bool
	// AllStages also lowers the instructions of stages that a named context
	// replaces, for their warnings.
	AllStages bool
}

// Args are the args that all stages share.
type Args struct {
	Globals plan.Globals
	// Build are the build args of the client.
	Build map[string]string
	// Epoch is SOURCE_DATE_EPOCH, nil if it is not set.
	Epoch *time.Time
}

// File holds what the pass needs of the Dockerfile besides the graph.
type File struct {
	// Escape is the escape character.
	Escape rune
	// SourceMap is the file that ops refer to, nil for none.
	SourceMap *llb.SourceMap
	// Check is the configuration of the lint rules; nil leaves them out.
	Check *linter.Config
}

// Context is the filesystem from which COPY and ADD copy: the main build context,
// or that of a stage, which has no ignore file.
type Context struct {
	Output llb.Output
	// Ignore matches the files that the ignore file excludes, nil if there is
	// no ignore file.
	Ignore *patternmatcher.PatternMatcher
}

// Daemon holds the capabilities of the daemon, and the client's options for it.
type Daemon struct {
	// Caps are the capabilities; nil stands for none.
	Caps           *apicaps.CapSet
	ResolveMode    llb.ResolveMode
	CacheNamespace string
	GitAdvice      bool
}

// CachePolicy is what the flags about the cache need to know of a build.
type CachePolicy struct {
	// Now is the time from which --cache-ttl counts.
	Now time.Time
	// BuildID differs in each build.
	BuildID string
	// KeepCacheMounts keeps the content of cache mounts in steps that ignore
	// the cache.
	KeepCacheMounts bool
}

// Exec holds the settings of all commands.
type Exec struct {
	Network      pb.NetMode
	Hostname     string
	ExtraHosts   []llb.HostIP
	ShmSize      int64 // bytes, 0 is the daemon's default
	Ulimits      []*pb.Ulimit
	Devices      []*pb.CDIDevice
	CgroupParent string
	Resources    *pb.LinuxResources
	Proxy        *llb.ProxyEnv
}

// Lowered is the result of the pass.
type Lowered struct {
	// Stages holds the results by the index of the stage, nil for a stage that
	// is not needed.
	Stages []*Stage
	Reads  Reads
	// Remotes are the sources of ADD that are fetched, in the order of lowering.
	Remotes []Remote
}

// A Stage is a lowered stage.
type Stage struct {
	State  State
	Inputs ClientInputs
	Steps  []Step
	// ScanContext and ScanStage say what an SBOM scanner has to scan besides
	// the target.
	ScanContext, ScanStage bool
}

// Stages lowers the stages that are needed, in order.
func Stages(g *plan.Graph, bases map[int]*resolve.Base, needed []bool, opt Options) (Lowered, diag.List) {
	l := &lowering{
		graph:     g,
		bases:     bases,
		options:   opt,
		done:      Lowered{Stages: make([]*Stage, len(g.Stages)), Reads: newReads()},
		words:     expand.New(opt.File.Escape),
		names:     expand.NewDisplay(opt.File.Escape),
		supported: map[apicaps.CapID]bool{},
	}
	l.lint = l.found.Linter(opt.File.Check)
	for _, s := range g.Stages {
		if base := bases[s.Index]; base != nil && (base.ReplacesStage || s.Implicit) {
			l.done.Stages[s.Index] = l.baseOnly(s, base)
		}
	}
	for _, s := range g.Stages {
		done := l.done.Stages[s.Index] != nil
		if !needed[s.Index] || done && (s.Implicit || !opt.AllStages) {
			continue
		}
		l.done.Stages[s.Index] = l.stage(s)
	}
	l.done.Reads.addAll(g, g.Target) // all of the target is exported
	return l.done, l.found.List()
}

// lowering is one run of the pass.
type lowering struct {
	graph   *plan.Graph
	bases   map[int]*resolve.Base
	options Options
	lint    *linter.Linter
	found   diag.Recorder
	// done is the result so far. Instructions can read only from the stages in it.
	done  Lowered
	words *expand.Lexer
	names *expand.Lexer // expands command lines for display
	// supported caches the answers of supports.
	supported map[apicaps.CapID]bool
}

// supports reports whether the daemon has a capability.
func (l *lowering) supports(id apicaps.CapID) bool {
	known, ok := l.supported[id]
	if !ok {
		caps := l.options.Daemon.Caps
		known = caps != nil && caps.Supports(id) == nil
		l.supported[id] = known
	}
	return known
}

// baseOnly is the result of a stage without instructions.
func (l *lowering) baseOnly(s *plan.Stage, base *resolve.Base) *Stage {
	st := &stage{run: l, node: s}
	state := st.from(base)
	st.checkBasePlatform(state, base)
	return &Stage{State: state, Steps: st.steps}
}

// stage is the lowering of one stage: what all its instructions share, and what
// is collected over them.
type stage struct {
	run      *lowering
	node     *plan.Stage
	inputs   ClientInputs
	step     int // number of steps so far
	lastSeen lastSeen
	steps    []Step
}

func (l *lowering) stage(s *plan.Stage) *Stage {
	st := &stage{run: l, node: s, steps: make([]Step, 0, s.Total)}
	state, err := st.start()
	l.found.Error(parser.WithLocation(err, s.Source.Location))
	for _, step := range s.Steps {
		next, err := st.lower(state, step)
		if err != nil {
			l.found.Error(parser.WithLocation(err, step.Instruction.Location()))
			continue
		}
		state = next
	}
	if !state.Platform.known {
		state.Platform.value, state.Platform.known = l.options.Platforms.Target, true
	}
	return &Stage{
		State:       state,
		Inputs:      st.inputs,
		Steps:       st.steps,
		ScanContext: st.scans(state, scanContext),
		ScanStage:   st.scans(state, scanStage),
	}
}

// instruction is the lowering of one instruction.
type instruction struct {
	run   *lowering
	stage *stage
	step  plan.Step
	lint  *linter.Linter
	used  map[string]struct{} // variables that the instruction expands
}

// read returns the filesystem of a stage that the instruction names, if that
// stage is done. A trigger can name its own stage, and then reads its
// filesystem before the trigger.
func (in instruction) read(s State, from int) (root llb.Output, ok bool) {
	if from == in.stage.node.Index {
		return s.Root, true
	}
	result := in.run.done.Stages[from]
	if result == nil {
		return nil, false
	}
	return result.State.Root, true
}

func (st *stage) lower(s State, step plan.Step) (_ State, err error) {
	defer guard.Recover(&err)
	s.ignoreCache = s.ignoreCache || st.dependsOnIgnored(step)
	in := instruction{
		run:   st.run,
		stage: st,
		step:  step,
		lint:  diag.WithComments(st.run.lint, step.Instruction.Comments()),
		used:  map[string]struct{}{},
	}
	command, err := in.expand(s)
	if err != nil {
		return s, err
	}
	switch c := command.(type) {
	case *instructions.RunCommand:
		return in.runCommand(s, c)
	case *instructions.CopyCommand:
		return in.copy(s, c)
	case *instructions.AddCommand:
		return in.add(s, c)
	case *instructions.WorkdirCommand:
		return in.workdir(s, c)
	case *instructions.ArgCommand:
		return in.arg(s, c)
	case *instructions.EnvCommand:
		return in.env(s, c)
	case *instructions.ExposeCommand:
		return in.expose(s, c)
	default:
		return in.configure(s, command)
	}
}

// location is the place of the instruction in the Dockerfile.
func (in instruction) location() []parser.Range { return in.step.Instruction.Location() }
