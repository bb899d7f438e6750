package lower

import (
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// env lowers ENV.
func (in instruction) env(s State, c *instructions.EnvCommand) (State, error) {
	line := "ENV"
	for _, e := range c.Env {
		in.checkLegacyFormat(c, e)
		in.checkSecretName("ENV", e.Key)
		line += " " + e.String()
		s.set(e.Key, e.Value)
		s.setImageEnv(e.Key, e.Value)
	}
	return in.history(s, line, false), nil
}

// arg lowers ARG. A declared arg is in the environment of the commands after
// it, but not in the image.
func (in instruction) arg(s State, c *instructions.ArgCommand) (State, error) {
	line := withFlags("ARG", in.Flags)
	for _, a := range c.Args {
		in.checkSecretName("ARG", a.Key)
		value, global, err := in.argValue(s, a)
		if err != nil {
			return s, err
		}
		a.Value = value
		info := plan.Arg{Definition: a, Location: c.Location()}
		line += " " + a.Key
		if value != nil {
			info.Value = *value
			line += "=" + *value
		}
		switch {
		case hidden(a.Key):
		case in.Flags.Explicit || in.graph.Explicit[a.Key]:
			s.setExplicit(a.Key, value)
		case value != nil:
			s.set(a.Key, *value)
		}
		in.useArg(info, global)
		s.BuildArgs = append(s.BuildArgs, a)
	}
	return in.history(s, line, false), nil
}

// argValue is the value of a declared arg: the build arg of that name, else
// the default, else the global arg of that name. It is nil where there is
// none of them.
func (in instruction) argValue(s State, a instructions.KeyValuePairOptional) (value *string, global bool, err error) {
	if given, ok := in.BuildArgs[a.Key]; ok {
		return &given, false, nil
	}
	if a.Value == nil {
		if v, ok := in.graph.Env.Get(a.Key); ok {
			return &v, true, nil
		}
		return nil, false, nil
	}
	word, err := in.word(s, in.words, *a.Value)
	return &word, false, err
}

// secretWords are the words of names that stand for secrets, such as API_KEY,
// DATABASE_PASSWORD or AUTH_HEADER; plainWords are those of names that only look
// so, such as KEY_FILE, PUBLIC_KEY or TOKEN_VERSION.
var (
	secretWords = []string{"apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"}
	plainWords  = []string{"public", "file", "version"}
)

func (in instruction) checkSecretName(keyword, name string) {
	if hasWord(name, secretWords) && !hasWord(name, plainWords) {
		rule := &linter.RuleSecretsUsedInArgOrEnv
		in.lint.Run(rule, in.Location(), rule.Format(keyword, name))
	}
}

// hasWord tells whether one of the words between the underscores of a name is
// in a list.
func hasWord(name string, list []string) bool {
	for word := range strings.SplitSeq(name, "_") {
		if slices.ContainsFunc(list, func(w string) bool { return strings.EqualFold(w, word) }) {
			return true
		}
	}
	return false
}
