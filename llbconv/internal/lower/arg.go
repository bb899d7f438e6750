package lower

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// env lowers ENV.
func (in instruction) env(s State, c *instructions.EnvCommand) (State, error) {
	line := "ENV"
	for _, e := range c.Env {
		in.checkLegacyFormat(c, e)
		in.checkSecretName("ENV", e.Key)
		line += " " + e.String()
		s.Vars.set(e.Key, e.Value)
		s.setImageEnv(e.Key, e.Value)
	}
	return in.history(s, line, false), nil
}

// arg lowers ARG. A declared arg is in the environment of the commands after
// it, but not in the image. If one of the values is in error, none of the names
// is declared.
func (in instruction) arg(s State, c *instructions.ArgCommand) (State, error) {
	args, err := in.argValues(s, c)
	if err != nil {
		return s, err
	}
	flags := in.step.Instruction.Flags
	line := withFlags("ARG", flags)
	for _, a := range args {
		line += " " + a.Key
		if a.Value != nil {
			line += "=" + *a.Value
		}
		explicit := flags.Explicit || in.run.options.Args.Globals.Explicit[a.Key]
		switch {
		case isHidden(a.Key):
		case explicit:
			s.setExplicit(a.Key, a.Value)
		default:
			s.Vars.setPlain(a.Key, a.Value)
		}
		in.stage.inputs.addArg(plan.Arg{Definition: a.KeyValuePairOptional, Value: a.ValueString(), Location: c.Location()}, a.global)
		s.Vars.declared = append(s.Vars.declared, declaredArg{a.KeyValuePairOptional, explicit})
	}
	return in.history(s, line, false), nil
}

// argValue is a declared name with its value. global is set if the value is
// that of a global arg.
type argValue struct {
	instructions.KeyValuePairOptional
	global bool
}

// argValues evaluates an ARG. A default may use the names before it.
func (in instruction) argValues(s State, c *instructions.ArgCommand) ([]argValue, error) {
	values := make([]argValue, 0, len(c.Args))
	earlier := env.New(nil)
	for _, a := range c.Args {
		in.checkSecretName("ARG", a.Key)
		value, global, err := in.argValue(s, overlay{s.Vars.all, earlier}, values, a)
		if err != nil {
			return nil, err
		}
		a.Value = value
		values = append(values, argValue{a, global})
		if value != nil && !isHidden(a.Key) {
			earlier.Set(a.Key, *value)
		}
	}
	return values, nil
}

// argValue evaluates one name of an ARG: the build arg of that name, else the
// default, else the global arg of that name. The value is nil if there is none
// of them. before holds the names of the same instruction before it.
func (in instruction) argValue(s State, vars shell.EnvGetter, before []argValue, a instructions.KeyValuePairOptional) (value *string, global bool, err error) {
	if given, ok := in.run.options.Args.Build[a.Key]; ok {
		return &given, false, nil
	}
	if a.Value == nil {
		if v, ok := in.run.options.Args.Globals.Env.Get(a.Key); ok {
			return &v, true, nil
		}
		return nil, false, nil
	}
	word, unmatched, err := in.run.words.Word(*a.Value, vars)
	for _, declared := range before {
		delete(unmatched, declared.Key)
	}
	in.checkUnmatched(s, vars, unmatched)
	return &word, false, err
}

// overlay is an environment with other values for some variables.
type overlay struct {
	base shell.EnvGetter
	over *env.List
}

// Get returns the value of a variable and whether it is set.
func (o overlay) Get(key string) (string, bool) {
	if v, ok := o.over.Get(key); ok {
		return v, true
	}
	return o.base.Get(key)
}

// Keys returns the names of all variables in order.
func (o overlay) Keys() []string {
	keys := slices.DeleteFunc(o.base.Keys(), func(key string) bool {
		_, again := o.over.Get(key)
		return again
	})
	return append(keys, o.over.Keys()...)
}

// secretWords are the words in names of secrets, such as API_KEY,
// DATABASE_PASSWORD or AUTH_HEADER. plainWords are the words that exclude a
// secret, as in KEY_FILE, PUBLIC_KEY or TOKEN_VERSION.
var (
	secretWords = []string{"apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"}
	plainWords  = []string{"public", "file", "version"}
)

func (in instruction) checkSecretName(keyword, name string) {
	if hasWord(name, secretWords) && !hasWord(name, plainWords) {
		rule := &linter.RuleSecretsUsedInArgOrEnv
		in.lint.Run(rule, in.location(), rule.Format(keyword, name))
	}
}

// hasWord reports whether a list contains one of the words of a name.
// Underscores separate words.
func hasWord(name string, list []string) bool {
	for word := range strings.SplitSeq(name, "_") {
		if slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(w, word) }) {
			return true
		}
	}
	return false
}
