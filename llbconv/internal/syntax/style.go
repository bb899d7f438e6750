package syntax

import (
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// checkStageNames reports reserved stage names and duplicates.
func checkStageNames(stages []Stage, lint *linter.Linter) {
	seen := make(map[string]bool, len(stages))
	for _, s := range stages {
		if s.Name == "" {
			continue
		}
		if s.Name == "scratch" || s.Name == "context" {
			rule := &linter.RuleReservedStageName
			lint.Run(rule, s.Location, rule.Format(s.Name))
		}
		if seen[s.Name] {
			rule := &linter.RuleDuplicateStageName
			lint.Run(rule, s.Location, rule.Format(s.Name))
		}
		seen[s.Name] = true
	}
}

// checkCasing reports keywords whose case is not that of most keywords of the
// file. It always reports keywords in mixed case.
func checkCasing(stages []Stage, lint *linter.Linter) {
	var lower, upper int
	eachKeyword(stages, func(keyword string, _ []parser.Range) {
		switch {
		case !strings.ContainsFunc(keyword, unicode.IsUpper):
			lower++
		case !strings.ContainsFunc(keyword, unicode.IsLower):
			upper++
		}
	})
	want, convert := "uppercase", strings.ToUpper
	if lower > upper {
		want, convert = "lowercase", strings.ToLower
	}
	rule := &linter.RuleConsistentInstructionCasing
	eachKeyword(stages, func(keyword string, location []parser.Range) {
		if convert(keyword) != keyword {
			lint.Run(rule, location, rule.Format(keyword, want))
		}
	})
}

func eachKeyword(stages []Stage, f func(keyword string, location []parser.Range)) {
	for _, s := range stages {
		f(s.Keyword, s.Location)
		for _, i := range s.Instructions {
			f(i.Command.Name(), i.Location())
		}
	}
}
