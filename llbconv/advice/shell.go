package advice

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"
)

// A script holds the shell commands of a RUN.
type script struct {
	text string
	// calls are the commands in source order, including those of loops, conditions
	// and functions.
	calls []call
	file  *syntax.File
	// inDocument is set if the text is a here-document, inJSON if it comes from a
	// JSON array.
	inDocument, inJSON bool
}

// A call is a command with its arguments.
type call struct {
	// words are the name of the command, without its path, and the arguments.
	// unknown replaces each expansion in them.
	words []string
	// path is the command as written.
	path string
	sudo bool
	// vars are the names of the variables that are set only for the command, and of
	// those of package managers that the script exports.
	vars []string
}

// unknown replaces an expansion in a word.
const unknown = "\x00"

// parseRun parses a RUN. It returns nil if the RUN is not a valid script of a POSIX
// shell, or if the escape character or the shell of the stage is that of Windows.
func (v *view) parseRun(s state, run *instructions.RunCommand) *script {
	if v.build.Escape != '\\' || len(run.CmdLine) == 0 || !isPosix(s.shell) {
		return nil
	}
	sc := &script{text: run.CmdLine[0]}
	ok := true
	switch {
	case !run.PrependShell:
		sc.inJSON = true
		sc.text, ok = commandLine(run.CmdLine)
	case len(run.Files) > 0:
		sc.inDocument = true
		sc.text, ok = documentScript(run)
	}
	if !ok {
		return nil
	}
	var err error
	sc.file, err = syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(sc.text), "")
	if err != nil {
		return nil
	}
	var exported []string
	syntax.Walk(sc.file, func(n syntax.Node) bool {
		switch c := n.(type) {
		case *syntax.DeclClause:
			for _, a := range c.Args {
				if a.Name != nil && slices.Contains(managerVariables, a.Name.Value) {
					exported = append(exported, a.Name.Value)
				}
			}
		case *syntax.CallExpr:
			if len(c.Args) > 0 {
				next := newCall(c)
				next.vars = append(next.vars, exported...)
				sc.calls = append(sc.calls, next)
			}
		}
		return true
	})
	return sc
}

// isPosix reports whether a SHELL has the language of a POSIX shell.
func isPosix(shell []string) bool {
	if len(shell) == 0 {
		return true
	}
	return slices.Contains([]string{"sh", "bash", "ash", "dash", "zsh", "ksh"}, path.Base(shell[0]))
}

// commandLine returns the script of a RUN in JSON form: the script that is given to
// a shell, or the words of the command. ok is false if a word has no form in a shell.
func commandLine(words []string) (text string, ok bool) {
	if text, ok := shellScript(words); ok {
		return text, true
	}
	quoted := make([]string, 0, len(words))
	for _, w := range words {
		q, err := syntax.Quote(w, syntax.LangBash)
		if err != nil {
			return "", false
		}
		quoted = append(quoted, q)
	}
	return strings.Join(quoted, " "), true
}

// shellScript returns the script in a command such as sh -o pipefail -ec SCRIPT.
func shellScript(words []string) (text string, ok bool) {
	if !isPosix(words[:1]) {
		return "", false
	}
	for i := 1; i < len(words); i++ {
		switch w := words[i]; {
		case shellOption().MatchString(w):
			return words[len(words)-1], i == len(words)-2
		case !strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "+"), !strings.HasPrefix(w, "--") && strings.Contains(w, "n"):
			return "", false
		case !strings.HasPrefix(w, "--") && strings.HasSuffix(w, "o"):
			i++ // the name of an option
		}
	}
	return "", false
}

// shellOption matches the option of a shell that the script follows, as in sh -ec. With
// -n it would not be run.
var shellOption = lazily(`^-[a-mo-z]*c$`)

// documentRun matches a RUN whose script is a here-document: the whole command,
// or the input of a shell.
var documentRun = lazily(`^(?:(\S*/)?(ba|da|a|z|k)?sh((?: +-\S+)*) *)?<<-?\s*["']?[\w.-]+["']?$`)

func documentScript(run *instructions.RunCommand) (string, bool) {
	if len(run.Files) != 1 || !documentRun().MatchString(strings.TrimSpace(run.CmdLine[0])) {
		return "", false
	}
	text := run.Files[0].Data
	first, _, _ := strings.Cut(text, "\n")
	interpreter, given := strings.CutPrefix(first, "#!")
	return text, !given || slices.ContainsFunc(strings.Fields(interpreter), func(w string) bool { return isPosix([]string{w}) })
}

// prefixes are commands that run the command in their arguments.
var prefixes = []string{"sudo", "exec", "command", "nice", "env", "eatmydata"}

var pythonName = lazily(`^(python|pip)[0-9.]*$`)

func newCall(c *syntax.CallExpr) call {
	words := make([]string, 0, len(c.Args))
	for _, arg := range c.Args {
		words = append(words, literal(arg))
	}
	out := call{}
	for _, a := range c.Assigns {
		if a.Name != nil {
			out.vars = append(out.vars, a.Name.Value)
		}
	}
	for len(words) > 1 && slices.Contains(prefixes, path.Base(words[0])) {
		out.sudo = out.sudo || path.Base(words[0]) == "sudo"
		words = words[1:]
		for len(words) > 1 && (slices.Contains([]string{"-E", "-H", "-n", "-S", "-i"}, words[0]) || isAssignment(words[0])) {
			name, _, _ := strings.Cut(words[0], "=")
			out.vars = append(out.vars, name)
			words = words[1:]
		}
	}
	if strings.HasPrefix(path.Base(words[0]), "python") && len(words) > 2 && words[1] == "-m" {
		words = words[2:]
	}
	out.path = words[0]
	words[0] = path.Base(words[0])
	if m := pythonName().FindStringSubmatch(words[0]); m != nil {
		words[0] = m[1]
	}
	out.words = words
	return out
}

func isAssignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && syntax.ValidName(name)
}

// literal returns the text of a word after the shell has removed its quotes.
func literal(w *syntax.Word) string {
	var b strings.Builder
	for _, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			b.WriteString(p.Value)
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			b.WriteString(literal(&syntax.Word{Parts: p.Parts}))
		default:
			b.WriteString(unknown)
		}
	}
	return b.String()
}

// is reports whether a command begins with words. Options between them are ignored.
func (c call) is(words ...string) bool {
	if c.words[0] != words[0] {
		return false
	}
	rest := c.operands()
	return len(rest) >= len(words)-1 && slices.Equal(rest[:len(words)-1], words[1:])
}

// operands are the arguments that are not options.
func (c call) operands() []string {
	return slices.DeleteFunc(slices.Clone(c.words[1:]), func(w string) bool { return strings.HasPrefix(w, "-") })
}

// has reports whether one of the options is given, alone or with a value after "=".
func (c call) has(options ...string) bool {
	return slices.ContainsFunc(c.words[1:], func(w string) bool {
		name, _, _ := strings.Cut(w, "=")
		return slices.Contains(options, name)
	})
}

// hasSwitch reports whether an option is given by its name or, among others, by its
// letter.
func (c call) hasSwitch(name, letter string) bool {
	return slices.ContainsFunc(c.words[1:], func(w string) bool {
		return w == name || strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--") && strings.Contains(w, letter)
	})
}

// isKnown reports whether all words are literal text.
func (c call) isKnown() bool { return !strings.Contains(strings.Join(c.words, " "), unknown) }

// any reports whether f is true for a call of the script. It is false for a step
// without a script.
func (s *script) any(f func(call) bool) bool { return s != nil && slices.ContainsFunc(s.calls, f) }

// isChain reports whether a script is a single command or a chain of commands with
// &&.
func (s *script) isChain() bool { return len(s.file.Stmts) == 1 && isChain(s.file.Stmts[0]) }

// isPlain reports whether the text of a script is, unchanged, in the lines of its
// instruction, so that edits can add to it.
func (s *script) isPlain() bool { return !s.inDocument && !s.inJSON }

func isChain(s *syntax.Stmt) bool {
	if s.Negated || s.Background || s.Coprocess {
		return false
	}
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		return true
	case *syntax.BinaryCmd:
		return c.Op == syntax.AndStmt && isChain(c.X) && isChain(c.Y)
	}
	return false
}
