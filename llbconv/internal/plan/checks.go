package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/buildkit/util/suggest"

	"github.com/stratabuild/strata/llbconv/internal/env"
	"github.com/stratabuild/strata/llbconv/internal/expand"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
	"github.com/stratabuild/strata/llbconv/source"
)

// checkDefaultBases reports a FROM that names no valid image unless there are build
// args.
func checkDefaultBases(f *syntax.File, lex *expand.Lexer, defaults *env.List, lint *linter.Linter) {
	rule := &linter.RuleInvalidDefaultArgInFrom
	earlier := map[string]bool{}
	for _, s := range f.Stages {
		word, err := lex.Matches(s.BaseName, defaults)
		if err != nil {
			return
		}
		if !earlier[strings.ToLower(word.Result)] && source.CheckName(word.Result) != nil {
			lint.Run(rule, s.Location, rule.Format(s.BaseName))
		}
		earlier[s.Name] = s.Name != ""
	}
}

// checkFromArgs reports variables in FROM that are not declared.
func (b graphBuilder) checkFromArgs(unmatched map[string]struct{}, src *syntax.Stage, lint *linter.Linter) {
	if len(unmatched) == 0 {
		return
	}
	rule := &linter.RuleUndefinedArgInFrom
	for _, name := range sortedKeys(unmatched) {
		if _, declared := b.globals.Args[name]; declared {
			continue
		}
		near, _ := suggest.Search(name, b.knownArgs(), true)
		lint.Run(rule, src.Location, rule.Format(name, near))
	}
}

func (b graphBuilder) knownArgs() []string {
	known := sortedKeys(b.globals.Args)
	for _, key := range b.globals.Env.Sorted() {
		if _, ok := b.globals.Args[key]; !ok {
			known = append(known, key)
		}
	}
	slices.Sort(known)
	return known
}

// checkRedundantPlatform reports --platform=$TARGETPLATFORM, which is the
// default.
func (b graphBuilder) checkRedundantPlatform(word shell.ProcessWordResult, src *syntax.Stage, lint *linter.Linter) {
	const variable = "TARGETPLATFORM"
	if _, ok := word.Matched[variable]; !ok || len(word.Matched) != 1 || len(word.Unmatched) != 0 {
		return
	}
	if target, _ := b.globals.Env.Get(variable); target == word.Result {
		rule := &linter.RuleRedundantTargetPlatform
		lint.Run(rule, src.Location, rule.Format(src.Platform))
	}
}

// checkConstPlatform reports a constant platform, unless the name of the stage
// contains it.
func checkConstPlatform(word shell.ProcessWordResult, src *syntax.Stage, lint *linter.Linter) {
	if len(word.Matched) > 0 || len(word.Unmatched) > 0 {
		return
	}
	p, err := platforms.Parse(word.Result)
	if err != nil || strings.Contains(src.Name, p.OS) || strings.Contains(src.Name, p.Architecture) {
		return
	}
	rule := &linter.RuleFromPlatformFlagConstDisallowed
	lint.Run(rule, src.Location, rule.Format(word.Result))
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
