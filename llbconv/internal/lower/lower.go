// Package lower is the fourth pass: it turns the instructions of the stages
// into LLB, one stage at a time, in order. Lowering an instruction takes a
// state and gives the next one; an instruction in error leaves the state as it
// was, so that lowering can go on and find the other errors.
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
)

// Options say how to lower.
type Options struct {
	Platforms plan.Platforms
	BuildArgs map[string]string
	// AllStages also lowers the instructions of stages that a named context
	// replaces, for the warnings about them.
	AllStages bool
	// MainContext is the main build context.
	MainContext llb.Output
	// Ignore matches what the ignore file excludes, nil where there is none.
	Ignore *patternmatcher.PatternMatcher
	// Epoch is SOURCE_DATE_EPOCH, nil where it is not set.
	Epoch          *time.Time
	ResolveMode    llb.ResolveMode
	MultiPlatform  bool
	CacheNamespace string
	GitAdvice      bool
	// Caps are the capabilities of the daemon; nil is none.
	Caps      *apicaps.CapSet
	SourceMap *llb.SourceMap
	// Escape is the escape character of the Dockerfile.
	Escape rune
	// UTF8 tells that all that the ops are made from is UTF-8.
	UTF8   bool
	Linter *linter.Linter
	Exec   Exec
	Freshness
}

// Freshness is what decides whether a result may be reused besides its inputs.
type Freshness struct {
	// Now is the time that --cache-ttl counts by.
	Now time.Time
	// BuildID is different for every build.
	BuildID string
	// KeepCacheMounts makes a build without cache keep the content of cache
	// mounts.
	KeepCacheMounts bool
}

// Exec is what holds for every command that is run.
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

// A Result is a lowered stage.
type Result struct {
	State
	Uses
	// ScanContext and ScanStage say what an SBOM scanner is to look at as
	// well.
	ScanContext, ScanStage bool
}

// Lowering lowers the stages of one graph.
type Lowering struct {
	Options
	graph *plan.Graph
	diags *diag.List
	// results holds the stages that are done; an instruction can only read
	// from those.
	results map[*plan.Stage]*Result
	empty   *Result // of stages that are nothing but empty
	// used collects the paths of the main context.
	used  plan.PathSet
	words *expand.Lexer
	names *expand.Lexer // expands command lines for display
	// supported remembers what the builder can do.
	supported map[apicaps.CapID]bool
}

// Stages lowers the stages for which needed is true, in order. It returns the
// result of each stage and the paths of the main context that they use.
func Stages(g *plan.Graph, bases map[*plan.Stage]*resolve.Base, needed func(*plan.Stage) bool, opt Options, diags *diag.List) (map[*plan.Stage]*Result, plan.PathSet) {
	l := &Lowering{
		Options: opt,
		graph:   g,
		diags:   diags,
		results: make(map[*plan.Stage]*Result, len(g.Stages)),
		used:    plan.PathSet{},
		words:   g.Words,
		names:   expand.NewDisplay(opt.Escape),

		supported: map[apicaps.CapID]bool{},
	}
	for _, s := range g.Stages {
		if base, ok := bases[s]; ok && (base.Whole || s.Implicit) {
			l.results[s] = l.whole(s, base)
		}
	}
	for _, s := range g.Stages {
		_, done := l.results[s]
		if !needed(s) || done && (s.Implicit || !l.AllStages) {
			continue
		}
		l.results[s] = l.stage(s, bases)
	}
	return l.results, l.used
}

// whole is the result of a stage that is its base. All that are empty share
// one.
func (l *Lowering) whole(s *plan.Stage, base *resolve.Base) *Result {
	if base.Empty && l.empty != nil {
		return l.empty
	}
	st := &stage{Lowering: l, node: s}
	r := &Result{State: l.from(st, base)}
	st.checkBasePlatform(r.State, base)
	if base.Empty {
		l.empty = r
	}
	return r
}

// stage is the lowering of one stage: what does not change from one
// instruction to the next, and what is counted over all of them.
type stage struct {
	*Lowering
	Uses
	node  *plan.Stage
	step  int // steps shown so far
	count counts
}

func (l *Lowering) stage(s *plan.Stage, bases map[*plan.Stage]*resolve.Base) *Result {
	st := &stage{Lowering: l, node: s}
	state, err := st.start(bases)
	l.diags.AddError(parser.WithLocation(err, s.Location))
	for _, step := range s.Steps {
		next, err := st.lower(state, step)
		if err != nil {
			l.diags.AddError(parser.WithLocation(err, step.Location()))
			continue
		}
		state = next
	}
	if !state.platformKnown {
		state.Platform, state.platformKnown = l.Platforms.Target, true
	}
	r := &Result{State: state, Uses: st.Uses}
	r.ScanContext = l.scans(s, state, scanContext)
	r.ScanStage = l.scans(s, state, scanStage)
	return r
}

// instruction is one instruction on its way through lowering.
type instruction struct {
	*stage
	plan.Step
	lint *linter.Linter
}

// read returns the filesystem of a stage that the instruction names, if there is
// one yet. A trigger can name the stage that it runs in: then it reads what that
// has so far.
func (in instruction) read(s State, from *plan.Stage) (root llb.Output, ok bool) {
	if from == in.node {
		return s.Root, true
	}
	result, ok := in.results[from]
	if !ok {
		return nil, false
	}
	return result.Root, true
}

func (st *stage) lower(s State, step plan.Step) (_ State, err error) {
	defer guard.Recover(&err)
	s.anew = s.anew || st.readsAnew(step)
	in := instruction{stage: st, Step: step, lint: st.Linter.WithMergedConfigFromComments(step.Comments())}
	command, err := in.expand(s)
	if err != nil {
		return s, err
	}
	switch c := command.(type) {
	case *instructions.RunCommand:
		return in.run(s, c)
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
