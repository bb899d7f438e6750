package fix

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// writeKeyValue writes ENV KEY VALUE as KEY=VALUE. It quotes the value if
// necessary, and checks that the result expands to the same value.
func writeKeyValue(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	args, ok := in.arguments()
	words := in.words()
	if !ok || !in.is(command.Env, command.Label) || len(words) < 3 {
		return nil
	}
	key, value := words[1], span{words[2].start, args.end}
	between := span{key.end, value.start}
	for _, q := range quotings(in.word(value), f.escape) {
		line := in.word(words[0]) + " " + in.word(key) + "=" + q.write(in.word(value), f.escape)
		if !f.setsTo(line, in.word(key), in.word(value)) {
			continue
		}
		edits := f.replace(in, between, "="+q.quote)
		if edits == nil {
			return nil
		}
		return append(edits, f.quote(in, value, q)...)
	}
	return nil
}

// A quoting is a way to write a value with blanks as one word.
type quoting struct {
	quote  string
	blanks []int // the places of the blanks to escape
}

// quotings returns the ways to write a value, the simplest first.
func quotings(value string, escape rune) []quoting {
	ways := []quoting{{}}
	if !strings.ContainsAny(value, "\"'"+string(escape)) {
		ways = append(ways, quoting{quote: `"`})
	}
	return append(ways, quoting{blanks: unquotedBlanks(value, escape)})
}

func unquotedBlanks(value string, escape rune) (blanks []int) {
	for i := 0; i < len(value); {
		i += syntax.FlagLength(value[i:], escape)
		for n := leadingBlanks(value[i:]); n > 0; n-- {
			blanks = append(blanks, i)
			i++
		}
	}
	return blanks
}

func (q quoting) write(value string, escape rune) string {
	var b strings.Builder
	done := 0
	for _, i := range q.blanks {
		b.WriteString(value[done:i] + string(escape))
		done = i
	}
	return q.quote + b.String() + value[done:] + q.quote
}

// quote returns the edits inside a value and at its end.
func (f *File) quote(in instruction, value span, q quoting) (edits []advice.Edit) {
	for _, i := range q.blanks {
		at := in.at[value.start+i]
		edits = append(edits, f.edit(at, at, string(f.escape)))
	}
	if q.quote != "" {
		end := in.at[value.end-1] + 1
		edits = append(edits, f.edit(end, end, q.quote))
	}
	return edits
}

// setsTo reports whether a line sets key to one word with the same expansion as
// value.
func (f *File) setsTo(line, key, value string) bool {
	tree, err := parser.Parse(strings.NewReader(fmt.Sprintf("# escape=%c\n%s", f.escape, line)))
	if err != nil || len(tree.AST.Children) != 1 {
		return false
	}
	pair := tree.AST.Children[0].Next // the key, the value, and "="
	if pair == nil || pair.Value != key || pair.Next.Next.Value != "=" || pair.Next.Next.Next != nil {
		return false
	}
	for _, env := range []shell.EnvGetter{noVariables{}, allVariables{}} {
		want, _, err := shell.NewLex(f.escape).ProcessWord(value, env)
		got, _, gotErr := shell.NewLex(f.escape).ProcessWord(pair.Next.Value, env)
		if err != nil || gotErr != nil || got != want {
			return false
		}
	}
	return true
}

// noVariables is an environment in which no variable is set. In allVariables, each
// is set to a different value.
type (
	noVariables  struct{}
	allVariables struct{}
)

func (noVariables) Get(string) (string, bool)       { return "", false }
func (noVariables) Keys() []string                  { return nil }
func (allVariables) Get(name string) (string, bool) { return "a  b of " + name, true }
func (allVariables) Keys() []string                 { return nil }

const authors = "org.opencontainers.image.authors"

// labelMaintainer replaces MAINTAINER by the corresponding label.
func labelMaintainer(f *File, in instruction, _ diag.Diagnostic) []advice.Edit {
	args, ok := in.arguments()
	if !ok || !in.is(command.Maintainer) {
		return nil
	}
	name := in.word(args)
	if n := len(name); n > 2 && name[0] == '"' && strings.IndexByte(name[1:], '"') == n-2 {
		name = name[1 : n-1]
	}
	keyword := "LABEL"
	if isLower(in.node.Value) {
		keyword = "label"
	}
	escape := string(f.escape)
	value := strings.NewReplacer(escape, escape+escape, `"`, escape+`"`, `$`, escape+`$`).Replace(name)
	return f.replace(in, span{0, args.end}, keyword+" "+authors+`="`+value+`"`)
}
