package advice

import (
	"path"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"
)

// A script is the shell commands of a RUN.
type script struct {
	// calls are the commands in the order in which they are written, also those of
	// loops, conditions and functions.
	calls []call
	file  *syntax.File
}

// A call is a command with its arguments.
type call struct {
	// words are the name of the command, without its path, and the arguments. What
	// is not literal text is unknown.
	words []string
	node  *syntax.CallExpr
}

// unknown is a word with an expansion in it.
const unknown = "\x00"

// parseRun parses a RUN. ok is false where it is not a script of a POSIX shell
// that can be read.
func (b Build) parseRun(s Stage, run *instructions.RunCommand) (script, bool) {
	text, ok := b.scriptText(s, run)
	if !ok {
		return script{}, false
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return script{}, false
	}
	sc := script{file: file}
	syntax.Walk(file, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.CallExpr); ok && len(c.Args) > 0 {
			sc.calls = append(sc.calls, newCall(c))
		}
		return true
	})
	return sc, true
}

func (b Build) scriptText(s Stage, run *instructions.RunCommand) (string, bool) {
	if !run.PrependShell || b.Escape != '\\' || len(run.CmdLine) != 1 {
		return "", false
	}
	if len(run.Files) == 1 && strings.HasPrefix(run.CmdLine[0], "<<") && !strings.ContainsAny(run.CmdLine[0], " \t") {
		return run.Files[0].Data, true
	}
	return run.CmdLine[0], len(run.Files) == 0
}

// prefixes are commands that run the command in their arguments.
var prefixes = map[string]bool{"sudo": true, "exec": true, "command": true, "time": true, "nice": true}

func newCall(c *syntax.CallExpr) call {
	words := make([]string, 0, len(c.Args))
	for _, arg := range c.Args {
		words = append(words, literal(arg))
	}
	words[0] = path.Base(words[0])
	for len(words) > 1 && prefixes[words[0]] {
		words = words[1:]
		words[0] = path.Base(words[0])
	}
	return call{words, c}
}

// literal is the text of a word after the shell has removed its quotes.
func literal(w *syntax.Word) string {
	var b strings.Builder
	for _, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			b.WriteString(p.Value)
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, inner := range p.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok {
					return unknown
				}
				b.WriteString(lit.Value)
			}
		default:
			return unknown
		}
	}
	return b.String()
}

// is reports whether a command begins with words, apart from options between
// them.
func (c call) is(words ...string) bool {
	if len(c.words) == 0 || c.words[0] != words[0] {
		return false
	}
	rest := c.operands()
	if len(rest) < len(words)-1 {
		return false
	}
	for i, w := range words[1:] {
		if rest[i] != w {
			return false
		}
	}
	return true
}

// operands are the arguments that are not options.
func (c call) operands() []string {
	var list []string
	for _, w := range c.words[1:] {
		if !strings.HasPrefix(w, "-") {
			list = append(list, w)
		}
	}
	return list
}
