package llbconv

import (
	"regexp"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"github.com/stratabuild/strata/llbconv/internal/plan"
	"github.com/stratabuild/strata/llbconv/internal/remote"
	"github.com/stratabuild/strata/llbconv/source"
)

// OtherSources returns patterns of identifiers, those of External, that the file stands
// for in other builds: with other build args, which are variables in FROM and ADD, or
// without the named contexts that replace images.
func (r *Result) OtherSources() []*regexp.Regexp {
	return append(r.replaced(), r.variable()...)
}

// replaced returns patterns of the images that named contexts replace.
func (r *Result) replaced() (patterns []*regexp.Regexp) {
	for _, s := range r.inputs.graph.Stages {
		base := r.inputs.bases[s.Index]
		if s.From.Stage != plan.NoStage || base == nil || base.Image != nil || base.Empty {
			continue
		}
		if name, err := source.FullName(s.From.Name); err == nil {
			patterns = append(patterns, regexp.MustCompile("^"+regexp.QuoteMeta(imageScheme+name)+"$"))
		}
	}
	return patterns
}

// variable returns a pattern for each name with variables.
func (r *Result) variable() (patterns []*regexp.Regexp) {
	escape := r.file.syntax.Escape
	add := func(word string, patternOf func(string) string) {
		if name := withPlaceholders(word, escape); strings.Contains(name, placeholder) {
			if p := patternOf(name); p != "" {
				patterns = append(patterns, regexp.MustCompile("^"+p+"$"))
			}
		}
	}
	for _, s := range r.inputs.graph.Stages {
		if !s.Implicit {
			add(s.Source.BaseName, imagePattern)
		}
		for _, step := range s.Steps { // with those of triggers
			if c, ok := step.Instruction.Command.(*instructions.AddCommand); ok {
				for _, src := range c.SourcePaths {
					add(src, remotePattern)
				}
			}
		}
	}
	return patterns
}

// placeholder stands for a variable while a name is parsed. Digits are valid in all
// parts of a name, also as a port. This number is not a commit.
const placeholder = "730168249550723914"

// withPlaceholders returns a word of a Dockerfile without quotes and with a placeholder
// for each variable.
func withPlaceholders(word string, escape rune) string {
	if !strings.Contains(word, "$") {
		return ""
	}
	var out strings.Builder
	quoted := false // by '
	for rest := word; rest != ""; {
		c := rest[0]
		rest = rest[1:]
		switch {
		case c == '\'':
			quoted = !quoted
		case quoted:
			out.WriteByte(c)
		case c == '"':
		case rune(c) == escape && rest != "":
			out.WriteByte(rest[0])
			rest = rest[1:]
		case c == '$' && variableLen(rest) > 0:
			out.WriteString(placeholder)
			rest = rest[variableLen(rest):]
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// variableLen is the length of the variable at the start of a text, without its $. The
// word of ${V:-word} can have variables of its own.
func variableLen(text string) int {
	if !strings.HasPrefix(text, "{") {
		return len(text) - len(strings.TrimLeft(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))
	}
	depth := 0
	for i := range len(text) {
		switch {
		case i == 0, text[i] == '{' && text[i-1] == '$':
			depth++
		case text[i] == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// imagePattern is the pattern of a name in FROM. The registry, the path and the tag
// that source.FullName adds depend on the values of the variables.
func imagePattern(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "index."), "docker.io/")
	return imageScheme + `(docker\.io/(library/)?)?` + quote(name) + "(:latest)?"
}

// remotePattern is the pattern of a source of ADD, empty for a path of the context.
func remotePattern(name string) string {
	http := "https?|"
	if strings.HasPrefix(name, placeholder) {
		name = "https://" + name
	} else if scheme, _, ok := strings.Cut(name, "://"); ok {
		http = regexp.QuoteMeta(scheme) + "|"
	}
	src, ok, err := remote.Parse(name)
	if !ok || err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(src.Identifier(), "://")
	rest = quote(rest)
	if before, isRef := strings.CutSuffix(rest, "#.*"); isRef {
		rest = before + "(#.*)?" // the variable can be empty
	}
	if src.IsGit() {
		http = ""
	}
	return "(" + http + "git)://" + rest // a variable can hold what makes a URL one of Git
}

// quote returns the pattern of a text with placeholders.
func quote(text string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(text), placeholder, ".*")
}
