package advice

import (
	"os"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// A variable is an ENV or ARG, linked to earlier ones. The value is the one
// written, without quotes, or the build arg that the client gave.
type variable struct {
	name, value string
	isSet, arg  bool
	before      *variable
}

func (v *variable) lookup(name string) *variable {
	for ; v != nil; v = v.before {
		if v.name == name {
			return v
		}
	}
	return nil
}

// env reports whether a variable of one of the names is set.
func (s state) env(names ...string) bool {
	for _, name := range names {
		if v := s.vars.lookup(name); v != nil && v.isSet && v.value != "" {
			return true
		}
	}
	return false
}

// with returns the state after an ENV or ARG.
func (s state) with(v variable) state {
	v.before = s.vars
	s.vars = &v
	if file, index := slices.Contains(managerVariables, v.name), slices.Contains(indexVariables, v.name); file || index {
		if value := s.expand(v.value); file && value != "" || index && isLocalIndex(value) {
			s.configured = append(slices.Clip(s.configured), value)
		}
	}
	if !slices.Contains(searchVariables, v.name) {
		return s
	}
	for place := range strings.SplitSeq(v.value, ":") {
		if place = strings.ReplaceAll(s.expand(place), "${HOME}", "/root"); path.IsAbs(place) {
			s.searched = append(slices.Clip(s.searched), path.Clean(place))
		}
	}
	return s
}

// expand returns a word with the values of its variables. Those without a value stay.
func (s state) expand(word string) string {
	if !strings.Contains(word, "$") || strings.Contains(word, `\`) {
		return word
	}
	return os.Expand(word, func(name string) string {
		if v := s.vars.lookup(name); v != nil && v.isSet && !strings.Contains(v.value, "$") {
			return v.value
		}
		return "${" + name + "}"
	})
}

// inPath reports whether PATH has a directory. The value may contain the one before.
func (s state) inPath(dir string) bool {
	for v := s.vars.lookup("PATH"); v != nil; v = v.before.lookup("PATH") {
		dirs := strings.Split(v.value, ":")
		if slices.Contains(dirs, dir) {
			return true
		}
		if !slices.Contains(dirs, "$PATH") && !slices.Contains(dirs, "${PATH}") {
			return false
		}
	}
	return false
}

// argValue returns the value of an ARG of a stage: the build arg, the default, or
// the value of the global ARG.
func (v *view) argValue(a instructions.KeyValuePairOptional) (string, bool) {
	if given, ok := v.build.BuildArgs[a.Key]; ok {
		return given, true
	}
	if a.Value != nil {
		return v.unquote(*a.Value), true
	}
	for _, in := range v.build.GlobalArgs {
		for _, global := range in.Command.(*instructions.ArgCommand).Args {
			if global.Key == a.Key && global.Value != nil {
				return v.unquote(*global.Value), true
			}
		}
	}
	return "", false
}

// unquote returns a word of an instruction without its quotes. Variables and escape
// characters stay. A word with an unbalanced quote is returned as it is.
func (v *view) unquote(word string) string {
	if !strings.ContainsAny(word, `"'`) {
		return word
	}
	lex := shell.NewLex(v.build.Escape)
	lex.RawEscapes, lex.SkipUnsetEnv = true, true
	text, _, err := lex.ProcessWord(word, shell.EnvsFromSlice(nil))
	if err != nil {
		return word
	}
	return text
}
