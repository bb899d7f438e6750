package lower

import (
	"maps"
	"runtime"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/internal/expand"
)

// expand returns a copy of the instruction with its variables expanded. All
// platforms share the parsed instruction, which stays as it is.
func (in instruction) expand(s State) (instructions.Command, error) {
	word := func(w string) (string, error) { return in.word(s, in.run.words, w) }
	switch c := in.step.Instruction.Command.(type) {
	case *instructions.EnvCommand:
		e := *c
		e.Env = slices.Clone(c.Env)
		return &e, e.Expand(word)
	case *instructions.LabelCommand:
		e := *c
		e.Labels = slices.Clone(c.Labels)
		return &e, e.Expand(word)
	case *instructions.CopyCommand:
		e := *c
		e.SourcesAndDest = cloneSources(c.SourcesAndDest)
		if err := e.Expand(word); err != nil {
			return &e, err
		}
		return &e, e.ExpandRaw(in.content(s))
	case *instructions.AddCommand:
		e := *c
		e.SourcesAndDest = cloneSources(c.SourcesAndDest)
		if err := e.Expand(word); err != nil {
			return &e, err
		}
		return &e, e.ExpandRaw(in.content(s))
	case *instructions.WorkdirCommand:
		e := *c
		return &e, e.Expand(word)
	case *instructions.UserCommand:
		e := *c
		return &e, e.Expand(word)
	case *instructions.VolumeCommand:
		e := *c
		e.Volumes = slices.Clone(c.Volumes)
		return &e, e.Expand(word)
	case *instructions.StopSignalCommand:
		e := *c
		return &e, e.Expand(word)
	case *instructions.RunCommand:
		// The shell expands all of RUN but its mounts.
		return in.step.Instruction.Run(c, word)
	}
	return in.step.Instruction.Command, nil
}

// content returns the expansion of here-documents whose delimiter is not quoted.
// Quotes in the text have no meaning.
func (in instruction) content(s State) instructions.SingleWordExpander {
	return func(w string) (string, error) { return in.word(s, expand.NewContent(), w) }
}

func (in instruction) word(s State, lex *expand.Lexer, w string) (string, error) {
	word, err := lex.Matches(w, s.Vars.all)
	in.checkUnmatched(s, s.Vars.all, word.Unmatched)
	maps.Copy(in.used, word.Matched)
	return word.Result, err
}

// checkUnmatched reports unset variables, and suggests the most similar name in
// the environment.
func (in instruction) checkUnmatched(s State, env shell.EnvGetter, unmatched map[string]struct{}) {
	if len(unmatched) == 0 {
		return
	}
	rule := &linter.RuleUndefinedVar
	for _, name := range slices.Sorted(maps.Keys(unmatched)) {
		if isHidden(name) || s.Vars.isDeclared(name) {
			continue
		}
		near, _ := suggest.Search(name, env.Keys(), runtime.GOOS != "windows")
		in.lint.Run(rule, in.location(), rule.Format(name, near))
	}
}

func cloneSources(s instructions.SourcesAndDest) instructions.SourcesAndDest {
	s.SourcePaths = slices.Clone(s.SourcePaths)
	s.SourceContents = slices.Clone(s.SourceContents)
	return s
}
