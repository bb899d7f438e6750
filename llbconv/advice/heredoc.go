package advice

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

var heredocIgnoresErrors = Check{
	Name:        "HeredocIgnoresErrors",
	Description: "A here-document of several commands goes on after a command that fails",
	find:        findHeredocIgnoresErrors,
}

// findHeredocIgnoresErrors finds scripts in here-documents that do not end at the
// first error.
func findHeredocIgnoresErrors(v *view) (found []Finding) {
	v.needed(func(s stage) {
		for _, st := range s.steps {
			if st.script == nil || !st.script.inDocument || st.stopsAtErrors() {
				continue
			}
			lost := st.lostErrors()
			if lost == "" {
				continue
			}
			f := Finding{
				Message: "the here-document goes on where a command fails, such as " + lost + ": the step succeeds, and is cached",
				Hint:    "begin it with set -e",
				Range:   st.Range(),
			}
			if edit, ok := v.setE(st); ok {
				f.Edits = []Edit{edit}
			}
			found = append(found, f)
		}
	})
	return found
}

// stopsAtErrors reports whether the shell stops at a command that fails, or the
// script handles errors itself.
func (s *step) stopsAtErrors() bool {
	first, _, _ := strings.Cut(s.script.text, "\n")
	isFile := strings.HasPrefix(first, "#!")
	words := strings.Fields(first)
	if !isFile {
		words = nil
		for _, w := range append(slices.Clone(s.before.shell), strings.Fields(s.run.CmdLine[0])...) {
			if !strings.HasPrefix(w, "<<") {
				words = append(words, w)
			}
		}
	}
	if slices.ContainsFunc(words, isErrExit) || slices.Contains(words, "errexit") {
		return true
	}
	return s.script.any(func(c call) bool {
		return c.words[0] == "set" && (slices.ContainsFunc(c.words[1:], isErrExit) || slices.Contains(c.words, "errexit")) || c.words[0] == "trap"
	})
}

// isErrExit reports whether a word contains the shell option -e.
func isErrExit(w string) bool {
	return strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--") && strings.Contains(w, "e")
}

// cannotFail are commands whose errors do not matter.
var cannotFail = []string{"echo", "printf", "cat", "export", "set", "true", ":", "unset", "shopt", "umask", "local", "exit", "return"}

// lostErrors returns the name of a command, other than the last, whose error is
// ignored.
func (s *step) lostErrors() string {
	stmts := s.script.file.Stmts
	for i, stmt := range stmts {
		if i == len(stmts)-1 {
			break
		}
		if c, ok := stmt.Cmd.(*syntax.BinaryCmd); ok && c.Op == syntax.OrStmt {
			continue
		}
		if stmt.Negated || stmt.Background {
			continue
		}
		if name := lastCommand(stmt); name != "" && !slices.Contains(cannotFail, name) {
			return name
		}
	}
	return ""
}

// lastCommand returns the name of the command that determines the status of a
// statement. It is empty if that is not a simple command.
func lastCommand(s *syntax.Stmt) string {
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			return ""
		}
		return strings.ReplaceAll(newCall(c).words[0], unknown, "")
	case *syntax.BinaryCmd:
		if c.Op == syntax.AndStmt || c.Op == syntax.Pipe {
			return lastCommand(c.Y)
		}
	}
	return ""
}

// mayFail are commands that often fail without a real error.
var mayFail = []string{"grep", "egrep", "test", "[", "which", "command", "diff", "cmp", "let", "expr", "read", "ls", "kill", "pkill"}

// setE puts set -e at the start of a script.
func (v *view) setE(s *step) (Edit, bool) {
	if s.script.any(func(c call) bool { return slices.Contains(mayFail, c.words[0]) }) {
		return Edit{}, false
	}
	count := strings.Count(s.script.text, "\n")
	first := s.End - count
	if strings.HasPrefix(s.script.text, "#!") {
		first++
	}
	return insert(first, "set -e\n"), first > s.Start
}
