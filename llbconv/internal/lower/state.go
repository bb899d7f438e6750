package lower

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/util/system"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/image"
	"github.com/stratabuild/strata/llbconv/internal/ops"
	"github.com/stratabuild/strata/llbconv/internal/resolve"
)

// State is the state of a stage between two instructions: the filesystem, the
// environment of commands, and the image config. After an instruction is
// lowered, the state before it is not used again.
type State struct {
	// Root is the filesystem; nil is the empty one.
	Root llb.Output
	Vars variables
	// Dir is the working directory with forward slashes.
	Dir string
	// Image is the config. BaseImage is the original config of the base image.
	Image     image.Config
	BaseImage *image.Config
	Platform  stagePlatform

	envIndex map[string]int // positions in Image.Config.Env
	// workdirSet is set after the first WORKDIR of the stage.
	workdirSet bool
	// ignoreCache is set if the client asked for the steps so far, or for steps
	// that they read from, to ignore the cache.
	ignoreCache bool
}

// stagePlatform is the platform of a stage.
type stagePlatform struct {
	// value is zero, and known false, in a stage on a named context without a
	// platform.
	value ocispecs.Platform
	known bool
	// run is the platform of the filesystem in LLB, nil for scratch.
	run *ocispecs.Platform
}

// IgnoresCache reports whether the client asked for the steps of the
// filesystem, or for steps that they read from, to ignore the cache.
func (s State) IgnoresCache() bool { return s.ignoreCache }

// from returns the state of a resolved base.
func (st *stage) from(b *resolve.Base) State {
	s := State{
		Image:     image.Clone(b.Config),
		BaseImage: b.Original,
		Vars:      variables{all: env.New(nil)},
		Dir:       "/",
	}
	s.Image.Config.OnBuild = nil // they have become steps
	if b.Platform != nil {
		s.Platform.value, s.Platform.known = *b.Platform, true
	}
	if b.Ref != "" {
		p := platforms.Normalize(s.Platform.value)
		s.Platform.run = &p
		s.Root = st.pull(s, b)
		return s
	}
	if !b.Empty {
		s.adopt(b.Content.State)
	}
	return s
}

// adopt takes over the environment and directory of an LLB state.
func (s *State) adopt(base llb.State) {
	ctx := context.Background()
	s.Root = base.Output()
	if list, err := base.Env(ctx); err == nil {
		for _, key := range list.Keys() {
			value, _ := list.Get(key)
			s.Vars.all.Set(key, value)
		}
	}
	if dir, err := base.GetDir(ctx); err == nil {
		s.Dir = dir
	}
	if p, err := base.GetPlatform(ctx); err == nil {
		s.Platform.run = p
	}
}

// pull returns the op that pulls a base image.
func (st *stage) pull(s State, b *resolve.Base) *ops.Op {
	meta := ops.Meta{
		Name:      st.name(st.next(), "FROM "+b.Ref, &s.Platform.value, s.Vars.all),
		Command:   st.node.Source.Code,
		SourceMap: st.run.options.File.SourceMap,
		Ranges:    diag.Ranges(st.node.Source.Location),
	}
	op := ops.Image(meta, b.Ref, s.Platform.value, st.run.options.Daemon.ResolveMode)
	st.steps = append(st.steps, Step{Text: st.node.Source.Code, Location: st.node.Source.Location, Op: op, Parts: st.baseParts(b)})
	return op
}

// baseParts returns the args that FROM uses, and the variables and settings of the
// image.
func (st *stage) baseParts(b *resolve.Base) (parts []ops.KeyPart) {
	if used := st.node.From.Args; len(used) > 0 {
		for _, name := range slices.Sorted(maps.Keys(used)) {
			value, _ := st.run.options.Args.Globals.Env.Get(name)
			parts = append(parts, ops.KeyPart{Kind: ops.KeyVariable, Name: name, Value: value})
		}
	}
	for _, pair := range b.Config.Config.Env {
		name, value := env.Split(pair)
		parts = append(parts, ops.KeyPart{Kind: ops.KeyEnvironment, Name: name, Value: value})
	}
	if user := b.Config.Config.User; user != "" {
		parts = append(parts, ops.KeyPart{Kind: ops.KeyOrigin, Name: "USER", Value: user})
	}
	if shell := b.Config.Config.Shell; len(shell) > 0 {
		parts = append(parts, ops.KeyPart{Kind: ops.KeyOrigin, Name: "SHELL", Value: strings.Join(shell, " ")})
	}
	return parts
}

// start returns the state before the first instruction.
func (st *stage) start() (State, error) {
	var s State
	if base := st.run.graph.BaseOf(st.node); base != nil {
		s = inherit(st.run.done.Stages[base.Index].State)
	} else {
		base := st.run.bases[st.node.Index]
		s = st.from(base)
		st.checkBasePlatform(s, base)
	}
	s.ignoreCache = s.ignoreCache || st.node.NoCache
	s.Image.History = slices.Grow(s.Image.History, len(st.node.Steps))
	config := &s.Image.Config
	s.indexEnv()
	if _, ok := s.envIndex["PATH"]; !ok && s.Platform.value.OS != "windows" {
		s.setImageEnv("PATH", system.DefaultPathEnv(s.Platform.value.OS))
	}
	for _, pair := range config.Env {
		s.Vars.set(env.Split(pair))
	}
	if config.WorkingDir == "" {
		return s, nil
	}
	return s.enter(config.WorkingDir)
}

// inherit copies the state of a base stage, without its ONBUILD triggers.
func inherit(s State) State {
	s.Vars = s.Vars.clone()
	s.Image = image.Clone(s.Image)
	s.Image.Config.OnBuild = nil
	return s
}

func (st *stage) checkBasePlatform(s State, b *resolve.Base) {
	p := s.Platform.value
	if b.Ref == "" || (p.OS == b.Config.OS && p.Architecture == b.Config.Architecture) {
		return
	}
	rule := &linter.RuleInvalidBaseImagePlatform
	st.run.lint.Run(rule, st.node.Source.Location, rule.Format(st.node.From.Name,
		platforms.FormatAll(platforms.Normalize(p)),
		platforms.FormatAll(platforms.Normalize(b.Config.Platform))))
}

// enter changes the working directory. It does not make the directory.
func (s State) enter(dir string) (State, error) {
	os := s.Platform.value.OS
	wd, err := system.NormalizeWorkdir(s.Image.Config.WorkingDir, dir, os)
	if err != nil {
		return s, fmt.Errorf("normalizing workdir: %w", err)
	}
	s.Image.Config.WorkingDir = wd
	wd = system.ToSlash(wd, os)
	if !path.IsAbs(wd) {
		wd = path.Join("/", s.Dir, wd)
	}
	s.Dir = wd
	return s, nil
}

// setExplicit declares an explicit arg. value is nil if it has none.
func (s *State) setExplicit(key string, value *string) {
	inImage := ""
	i, ok := s.envIndex[key]
	if ok {
		_, inImage = env.Split(s.Image.Config.Env[i])
	}
	s.Vars.setExplicit(key, value, inImage, ok)
}

// setImageEnv sets a variable in the image config. A variable that is set
// already keeps its position.
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

// meta returns the metadata that all ops of an instruction share.
func (in instruction) meta() ops.Meta {
	return ops.Meta{SourceMap: in.run.options.File.SourceMap, Ranges: diag.Ranges(in.location())}
}

// history adds a line to the image's history.
func (in instruction) history(s State, text string, layer bool) State {
	s.Image.History = append(s.Image.History, image.History(text, layer, in.run.options.Args.Epoch))
	return s
}

// scans reports whether an arg for the SBOM scan covers the stage. The arg
// holds a boolean or a list of stages. The ARG of the stage takes precedence
// over the global one.
func (st *stage) scans(s State, arg string) bool {
	value, _ := st.run.options.Args.Globals.Env.Get(arg)
	for _, a := range s.Vars.declared {
		if a.Key == arg && a.Value != nil {
			value = *a.Value
		}
	}
	return coversStage(st.node.Label, value)
}
