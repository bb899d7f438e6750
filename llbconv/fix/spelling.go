package fix

import (
	"bytes"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/advice"
	"github.com/stratabuild/strata/llbconv/internal/syntax"
)

// A Spelling is one of the two ways to write Strata's flags.
type Spelling string

// The spellings.
const (
	Comments Spelling = "comments" // "# strata=FLAG" above the instruction
	Flags    Spelling = "flags"    // "--FLAG" at the instruction
)

// Spell returns the edits that write the flags of a file in one spelling. A flag
// that this spelling cannot express is not changed.
func (f *File) Spell(s Spelling) (edits []advice.Edit) {
	for i, in := range f.instructions {
		if in.text == "" {
			continue
		}
		if s == Comments {
			edits = append(edits, f.asComment(in)...)
			continue
		}
		above := 0
		if i > 0 {
			above = f.instructions[i-1].node.EndLine
		}
		edits = append(edits, f.asFlags(in, above)...)
	}
	return edits
}

// flagHolder returns the node that can have flags of an instruction, and its name.
// For an ONBUILD this is the trigger.
func (in instruction) flagHolder() (*parser.Node, span, bool) {
	node, words := in.node, in.words()
	if !in.is(command.Onbuild) {
		return node, words[0], true
	}
	if node.Next == nil || len(node.Next.Children) != 1 || len(words) < 2 || len(node.Flags) > 0 {
		return nil, span{}, false
	}
	return node.Next.Children[0], words[1], true
}

// asComment moves the flags of an instruction to a comment above it.
func (f *File) asComment(in instruction) (edits []advice.Edit) {
	node, name, ok := in.flagHolder()
	if !ok || in.node.StartLine == 1 && bytes.HasPrefix(f.text, byteOrderMark) {
		return nil
	}
	if !syntax.IsASCII(strings.Join(node.Flags, "")) {
		return nil // BuildKit's parser did not read them as written
	}
	var items []string
	before := name.end
	for _, flag := range node.Flags {
		start := before + leadingBlanks(in.text[before:])
		end := start + syntax.FlagLength(in.text[start:], f.escape)
		item := strings.TrimPrefix(flag, "--")
		if syntax.IsFlag(flag) && syntax.IsASCII(in.text[start:end]) && slices.Equal(syntax.DirectiveFlags(item), []string{flag}) {
			if edit := f.cut(in, before, start, end); edit != nil {
				items, edits = append(items, item), append(edits, edit...)
			}
		}
		before = end
	}
	if len(items) == 0 {
		return nil
	}
	return append(edits, insertLine(in.node.StartLine, "# strata="+strings.Join(items, ";")))
}

func leadingBlanks(s string) int { return len(s) - len(strings.TrimLeft(s, " \t")) }

// cut removes a word, with the blanks before it on the same line.
func (f *File) cut(in instruction, before, start, end int) []advice.Edit {
	if edit := f.replace(in, span{before, end}, ""); edit != nil {
		return edit
	}
	return f.replace(in, span{start, end}, "")
}

// asFlags moves the flags in the comments above an instruction into it. above is
// the last line of the previous instruction.
func (f *File) asFlags(in instruction, above int) (edits []advice.Edit) {
	_, name, ok := in.flagHolder()
	if !ok {
		return nil
	}
	var flags []string
	for n := above + 1; n < in.node.StartLine; n++ {
		comment, isComment := bytes.CutPrefix(bytes.TrimLeft(f.line(n), " \t"), []byte("#"))
		text := strings.TrimSpace(string(comment))
		value, ok := syntax.Directive(text)
		if !isComment || !ok || !syntax.IsASCII(text) || !slices.Contains(in.node.PrevComment, text) {
			continue
		}
		for _, flag := range syntax.DirectiveFlags(value) {
			flags = append(flags, " "+f.quoteFlag(flag))
		}
		edits = append(edits, remove(n, n))
	}
	if len(flags) == 0 {
		return nil
	}
	at := in.at[name.end-1] + 1
	return append(edits, f.edit(at, at, strings.Join(flags, "")))
}

// quoteFlag writes a flag so that it is parsed as one word.
func (f *File) quoteFlag(flag string) string {
	escape := string(f.escape)
	if !strings.ContainsAny(flag, " \t\"'"+escape) {
		return flag
	}
	name, value, _ := strings.Cut(flag, "=")
	return name + `="` + strings.NewReplacer(escape, escape+escape, `"`, escape+`"`).Replace(value) + `"`
}
