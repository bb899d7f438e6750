package lower

import (
	"context"
	"maps"
	"path"
	"slices"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/util/system"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
)

// State is where a stage has got to: a filesystem, what a command run on it
// would see, and the image config so far.
type State struct {
	// Root is the filesystem; nil is the empty one.
	Root llb.Output
	// Env holds the image's variables and the args, as instructions expand them.
	Env *env.List
	// shown is Env as commands see it that ask for no explicit arg. It is nil
	// where that is all of Env.
	shown *env.List
	// explicit holds the names of the args that are explicit.
	explicit map[string]bool
	// Dir is the working directory with forward slashes.
	Dir string
	// Image is the config, BaseImage that of the base as it was found.
	Image     image.Config
	BaseImage *image.Config
	// Platform is the stage's platform. It is unknown, and zero, in a stage
	// on top of a named context that has none.
	Platform      ocispecs.Platform
	platformKnown bool
	// runPlatform is the platform that LLB knows the filesystem to have, nil
	// for scratch.
	runPlatform *ocispecs.Platform
	// BuildArgs are the ARGs declared so far, those of base stages first.
	BuildArgs []declaredArg
	// workdirSet tells that a WORKDIR made the directory independent of the
	// base image.
	workdirSet bool

	// anew tells that the client asked for the steps so far, or for some whose
	// files they read, to be run anew.
	anew bool

	envIndex map[string]int // positions in Image.Config.Env
}

// IgnoresCache reports whether the client asked for the filesystem to be made
// without the cache: for its steps, or for some whose files they read.
func (s State) IgnoresCache() bool { return s.anew }

// from makes the state of a resolved base.
func (l *Lowering) from(st *stage, b *resolve.Base) State {
	s := State{Image: image.Clone(b.Config), BaseImage: b.Original, Env: env.New(nil), Dir: "/"}
	s.Image.Config.OnBuild = nil // its triggers have become steps
	if b.Platform != nil {
		s.Platform, s.platformKnown = *b.Platform, true
	}
	if b.Ref != "" {
		p := platforms.Normalize(s.Platform)
		s.runPlatform = &p
		s.Root = st.pull(s, b)
		return s
	}
	if !b.Empty {
		s.adopt(b.State)
	}
	return s
}

// adopt takes over what an LLB state holds.
func (s *State) adopt(base llb.State) {
	ctx := context.Background()
	s.Root = base.Output()
	if list, err := base.Env(ctx); err == nil {
		for _, key := range list.Keys() {
			value, _ := list.Get(key)
			s.Env.Set(key, value)
		}
	}
	if dir, err := base.GetDir(ctx); err == nil {
		s.Dir = dir
	}
	if p, err := base.GetPlatform(ctx); err == nil {
		s.runPlatform = p
	}
}

// pull is the op that brings a base image in.
func (st *stage) pull(s State, b *resolve.Base) *ops.Op {
	meta := ops.Meta{
		Name:      st.name(st.next(), "FROM "+b.Ref, &s.Platform, s.Env),
		Command:   st.node.Code,
		SourceMap: st.SourceMap,
		Ranges:    diag.Ranges(st.node.Location),
		UTF8:      st.UTF8,
	}
	return ops.Image(meta, b.Ref, s.Platform, st.ResolveMode)
}

// start is the state before the first instruction.
func (st *stage) start(bases map[*plan.Stage]*resolve.Base) (State, error) {
	var s State
	if st.node.Base != nil {
		s = inherit(st.results[st.node.Base].State)
	} else {
		s = st.from(st, bases[st.node])
		st.checkBasePlatform(s, bases[st.node])
	}
	s.anew = s.anew || st.node.NoCache
	s.Image.History = slices.Grow(s.Image.History, len(st.node.Steps))
	config := &s.Image.Config
	s.indexEnv()
	if _, ok := s.envIndex["PATH"]; !ok && s.Platform.OS != "windows" {
		config.Env = append(config.Env, "PATH="+system.DefaultPathEnv(s.Platform.OS))
		s.indexEnv()
	}
	for _, pair := range config.Env {
		key, value := env.Split(pair)
		s.set(key, value)
	}
	if config.WorkingDir == "" {
		return s, nil
	}
	return s.enter(config.WorkingDir)
}

// inherit copies the state of a base stage. Its ONBUILD triggers do not carry
// over to the next.
func inherit(s State) State {
	s.Env = s.Env.Clone()
	if s.shown != nil {
		s.shown = s.shown.Clone()
	}
	s.explicit = maps.Clone(s.explicit)
	s.Image = image.Clone(s.Image)
	s.Image.Config.OnBuild = nil
	s.BuildArgs = slices.Clip(s.BuildArgs)
	return s
}

func (st *stage) checkBasePlatform(s State, b *resolve.Base) {
	if b.Ref == "" || (s.Platform.OS == b.Config.OS && s.Platform.Architecture == b.Config.Architecture) {
		return
	}
	rule := &linter.RuleInvalidBaseImagePlatform
	st.Linter.Run(rule, st.node.Location, rule.Format(st.node.From,
		platforms.FormatAll(platforms.Normalize(s.Platform)),
		platforms.FormatAll(platforms.Normalize(b.Config.Platform))))
}

// enter changes the working directory, without making it.
func (s State) enter(dir string) (State, error) {
	wd, err := system.NormalizeWorkdir(s.Image.Config.WorkingDir, dir, s.Platform.OS)
	if err != nil {
		return s, err
	}
	s.Image.Config.WorkingDir = wd
	wd = system.ToSlash(wd, s.Platform.OS)
	if !path.IsAbs(wd) {
		wd = path.Join("/", s.Dir, wd)
	}
	s.Dir = wd
	return s, nil
}

// set gives a variable a value, for later instructions and for commands.
func (s *State) set(key, value string) {
	s.Env.Set(key, value)
	if s.shown != nil {
		s.shown.Set(key, value)
	}
	delete(s.explicit, key)
}

// setExplicit declares an explicit arg; value is nil where it has none.
// Commands that do not ask for it see the image's variable of that name.
func (s *State) setExplicit(key string, value *string) {
	if s.explicit == nil {
		s.explicit = map[string]bool{}
		s.shown = s.Env.Clone()
	}
	s.explicit[key] = true
	if i, ok := s.envIndex[key]; ok {
		_, inImage := env.Split(s.Image.Config.Env[i])
		if seen, _ := s.shown.Get(key); seen != inImage {
			s.shown.Set(key, inImage)
		}
	} else {
		s.shown.Delete(key)
	}
	if value != nil {
		s.Env.Set(key, *value)
	}
}

// setImageEnv sets a variable in the image config, in its old place where it
// has one.
func (s *State) setImageEnv(key, value string) {
	config := &s.Image.Config
	if i, ok := s.envIndex[key]; ok {
		config.Env[i] = key + "=" + value
		return
	}
	s.envIndex[key] = len(config.Env)
	config.Env = append(config.Env, key+"="+value)
}

func (s *State) indexEnv() {
	s.envIndex = make(map[string]int, len(s.Image.Config.Env))
	for i, pair := range s.Image.Config.Env {
		key, _ := env.Split(pair)
		if _, ok := s.envIndex[key]; !ok {
			s.envIndex[key] = i
		}
	}
}

// meta is the metadata that all ops of an instruction have.
func (in instruction) meta() ops.Meta {
	return ops.Meta{SourceMap: in.SourceMap, Ranges: diag.Ranges(in.Location()), UTF8: in.UTF8}
}

// history adds a line to the image's history.
func (in instruction) history(s State, text string, layer bool) State {
	image.AddHistory(&s.Image, text, layer, in.Epoch)
	return s
}

// scans tells whether an SBOM scan arg covers the stage. The arg holds a
// boolean or a list of stages; the stage's own ARG wins over the global one.
func (l *Lowering) scans(p *plan.Stage, s State, arg string) bool {
	value, _ := l.graph.Env.Get(arg)
	for _, a := range s.BuildArgs {
		if a.Key == arg && a.Value != nil {
			value = *a.Value
		}
	}
	return coversStage(p.Label, value)
}
