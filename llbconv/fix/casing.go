package fix

import (
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/command"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
)

// stageWords returns the words AS and NAME of a FROM.
func (in instruction) stageWords() (as, name span, ok bool) {
	words := in.words()
	if n := len(words); in.is(command.From) && n >= 4 && strings.EqualFold(in.word(words[n-2]), "as") {
		return words[n-2], words[n-1], true
	}
	return span{}, span{}, false
}

// lowerStageName edits only the name: references to a stage may have any case.
func lowerStageName(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	_, name, ok := in.stageWords()
	if !ok {
		return nil
	}
	return f.replace(in, name, strings.ToLower(in.word(name)))
}

func matchAs(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	as, _, ok := in.stageWords()
	if !ok {
		return nil
	}
	if isLower(in.node.Value) {
		return f.replace(in, as, "as")
	}
	return f.replace(in, as, "AS")
}

func isLower(keyword string) bool { return !strings.ContainsFunc(keyword, unicode.IsUpper) }
func isUpper(keyword string) bool { return !strings.ContainsFunc(keyword, unicode.IsLower) }

// matchCase writes the name of an instruction in the case of the majority. The rule
// counts instructions from the first FROM on.
func matchCase(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	var lower, upper int
	inStages := false
	for _, other := range f.instructions {
		keyword := other.node.Value
		if inStages = inStages || strings.EqualFold(keyword, command.From); !inStages {
			continue
		}
		if isLower(keyword) {
			lower++
		} else if isUpper(keyword) {
			upper++
		}
	}
	keyword := in.words()[0]
	if lower > upper {
		return f.replace(in, keyword, strings.ToLower(in.node.Value))
	}
	return f.replace(in, keyword, strings.ToUpper(in.node.Value))
}
