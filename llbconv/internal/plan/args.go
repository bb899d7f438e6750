package plan

import (
	"maps"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/expand"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// Platforms are the platforms of one conversion.
type Platforms struct {
	// Target is the platform that is built for.
	Target ocispecs.Platform
	// Build are the platforms of the daemon, the preferred one first.
	Build []ocispecs.Platform
	// Implicit is set if the client named no target platform.
	Implicit bool
}

// NewPlatforms fills in defaults: the target is the daemon's platform; the daemon's
// platform is the target if there is one, else that of this machine.
func NewPlatforms(target *ocispecs.Platform, build []ocispecs.Platform) Platforms {
	if target != nil && build == nil {
		build = []ocispecs.Platform{*target}
	}
	if len(build) == 0 {
		build = []ocispecs.Platform{platforms.DefaultSpec()}
	}
	if target == nil {
		return Platforms{Target: build[0], Build: build, Implicit: true}
	}
	return Platforms{Target: *target, Build: build}
}

// Requested is the target platform if the client named one, else nil.
func (p Platforms) Requested() *ocispecs.Platform {
	if p.Implicit {
		return nil
	}
	return &p.Target
}

// An Arg is a declared ARG, for the outline of a build.
type Arg struct {
	Definition instructions.KeyValuePairOptional
	Value      string
	// Uses are the global args that the default value expands.
	Uses     map[string]struct{}
	Location []parser.Range
}

// Globals are the args before the first stage.
type Globals struct {
	// Env holds the automatic platform args and the global ARGs.
	Env *env.List
	// Args are the global ARG declarations by name.
	Args map[string]Arg
	// Explicit holds the names of those that are marked --explicit.
	Explicit map[string]bool
}

// DeclareGlobals evaluates the args before the first stage. target is the stage to
// build, empty for the last one.
func DeclareGlobals(f *syntax.File, p Platforms, target string, buildArgs map[string]string, check *linter.Config) (Globals, diag.List) {
	var found diag.Recorder
	if target == "" {
		target = f.Stages[len(f.Stages)-1].Name
	}
	lex := expand.New(f.Escape)
	globals, err := declareGlobals(automaticArgs(p, buildArgs, target), lex, f.GlobalArgs, buildArgs)
	globals.Explicit = f.Explicit
	defaults, failed := globals, err
	if check != nil && len(buildArgs) > 0 {
		defaults, failed = declareGlobals(automaticArgs(p, buildArgs, target), lex, f.GlobalArgs, nil)
	}
	if check != nil && failed == nil {
		checkDefaultBases(f, lex, defaults.Env, found.Linter(check))
	}
	found.Error(err)
	return globals, found.List()
}

// With returns the args with another value for one of them.
func (g Globals) With(name, value string) Globals {
	if _, ok := g.Env.Get(name); ok {
		g.Env = g.Env.Clone()
		g.Env.Set(name, value)
	}
	return g
}

// Without returns the args without one of them.
func (g Globals) Without(name string) Globals {
	g.Env = g.Env.Clone()
	g.Env.Delete(name)
	return g
}

// automaticArgs are the args that BuildKit sets by itself; see
// "Automatic platform ARGs in the global scope" in the Dockerfile reference.
func automaticArgs(p Platforms, buildArgs map[string]string, target string) *env.List {
	if target == "" {
		target = "default"
	}
	b, t := p.Build[0], p.Target
	list := env.New(nil)
	for _, kv := range [...][2]string{
		{"BUILDPLATFORM", platforms.Format(b)},
		{"BUILDOS", b.OS},
		{"BUILDOSVERSION", b.OSVersion},
		{"BUILDARCH", b.Architecture},
		{"BUILDVARIANT", b.Variant},
		{"TARGETPLATFORM", platforms.FormatAll(t)},
		{"TARGETOS", t.OS},
		{"TARGETOSVERSION", t.OSVersion},
		{"TARGETARCH", t.Architecture},
		{"TARGETVARIANT", t.Variant},
		{"TARGETSTAGE", target},
	} {
		value := kv[1]
		if given, ok := buildArgs[kv[0]]; ok {
			value = given
		}
		list.Set(kv[0], value)
	}
	return list
}

// declareGlobals adds the global ARG instructions to args, the automatic args. Build
// args take precedence over defaults. A default may use the args before it.
func declareGlobals(args *env.List, lex *expand.Lexer, commands []instructions.ArgCommand, buildArgs map[string]string) (Globals, error) {
	g := Globals{Env: args, Args: map[string]Arg{}}
	for _, c := range commands {
		for _, definition := range c.Args {
			arg := Arg{Definition: definition, Location: c.Location()}
			value, uses, err := g.value(definition, lex, buildArgs)
			if err != nil {
				return Globals{}, parser.WithLocation(err, c.Location())
			}
			if value != nil {
				g.Env.Set(definition.Key, *value)
				arg.Value = *value
			}
			arg.Definition.Value, arg.Uses = value, uses
			g.Args[definition.Key] = arg
		}
	}
	return g, nil
}

// value returns the value of a global ARG, nil if it has none, and the args that
// its default value expands.
func (g Globals) value(arg instructions.KeyValuePairOptional, lex *expand.Lexer, buildArgs map[string]string) (_ *string, uses map[string]struct{}, _ error) {
	if given, ok := buildArgs[arg.Key]; ok {
		return &given, nil, nil
	}
	if arg.Value == nil {
		return nil, nil, nil
	}
	word, err := lex.Matches(*arg.Value, g.Env)
	if err != nil {
		return nil, nil, err
	}
	if _, self := word.Matched[arg.Key]; self {
		// ARG A=${A} also uses the args that the earlier A uses.
		delete(word.Matched, arg.Key)
		maps.Copy(word.Matched, g.Args[arg.Key].Uses)
	}
	return &word.Result, word.Matched, nil
}
