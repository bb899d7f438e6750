package advice

import (
	"strings"
)

// runStart matches the keyword of a RUN. runFlags matches its flags too.
var (
	runStart = lazily(`(?i)^\s*RUN[ \t]+`)
	runFlags = lazily(`(?i)^\s*RUN(?:[ \t]+--\S+)*[ \t]+`)
)

// addFlag returns the edit that adds a flag to a RUN.
func (v *view) addFlag(in Instruction, flag string) (Edit, bool) {
	start := runStart().FindString(v.lines[in.Start-1])
	return insertAt(in.Start, len(start), flag+" "), start != ""
}

// prepend returns the edit that adds a command before those of a RUN.
func (v *view) prepend(in Instruction, command string) (Edit, bool) {
	line := v.lines[in.Start-1]
	start := runFlags().FindString(line)
	rest := strings.TrimSpace(line[len(start):])
	if start == "" || rest == "" || rest == `\` && v.hasFlags(in) {
		return Edit{}, false
	}
	return insertAt(in.Start, len(start), command+" && "), true
}

// hasFlags reports whether any line of an instruction except the first begins with
// a flag.
func (v *view) hasFlags(in Instruction) bool {
	for _, line := range v.lines[in.Start:in.End] {
		if strings.HasPrefix(strings.TrimSpace(line), "--") {
			return true
		}
	}
	return false
}

// appended returns the edit that adds a command after those of a RUN. The script must be
// plain, and must not end in a comment, in a here-document, or in a semicolon or &.
func (v *view) appended(s *step, command string) (Edit, bool) {
	last := strings.TrimRight(v.lines[s.End-1], " \t")
	text := strings.TrimSpace(last)
	stmts := s.script.file.Stmts
	complete := len(stmts) > 0 && int(stmts[len(stmts)-1].End().Offset()) == len(strings.TrimRight(s.script.text, " \t\n")) &&
		!stmts[len(stmts)-1].Semicolon.IsValid()
	if !s.script.isPlain() || !complete || text == "" || text[0] == '#' || strings.HasSuffix(text, `\`) {
		return Edit{}, false
	}
	indent := "    "
	if s.End > s.Start {
		indent = last[:len(last)-len(strings.TrimLeft(last, " \t"))]
	}
	return insertAt(s.End, len(last), " \\\n"+indent+"&& "+command), true
}

// text returns the source text of an instruction, with a line ending.
func (v *view) text(in Instruction) string {
	return strings.Join(v.lines[in.Start-1:in.End], "\n") + "\n"
}

// firstComment returns the line of the first comment directly above an instruction,
// or the line of the instruction if there is none.
func (v *view) firstComment(in Instruction) int {
	line := in.Start
	for line > 1 && strings.HasPrefix(strings.TrimSpace(v.lines[line-2]), "#") {
		line--
	}
	return line
}

// movedLines returns the first line and the text of an instruction that moves down to
// another line, with the comments above it. ok is false if the comments may be parser
// directives, or if the other line is not below it.
func (v *view) movedLines(in Instruction, to int) (first int, text string, ok bool) {
	first = v.firstComment(in)
	return first, strings.Join(v.lines[first-1:in.End], "\n") + "\n", !v.isDirective(first) && to > in.End
}

// isApart reports whether there are empty lines above and below some lines.
func (v *view) isApart(first, last int) bool { return v.isEmpty(first-1) && v.isEmpty(last+1) }

func (v *view) isEmpty(line int) bool {
	return line >= 1 && line < len(v.lines) && strings.TrimSpace(v.lines[line-1]) == ""
}

// cut removes lines, and one of the empty lines around them.
func (v *view) cut(first, last int) Edit {
	if v.isApart(first, last) {
		last++
	}
	return replace(first, last+1, "")
}

// insertApart inserts text below an instruction, at a line, with an empty line above it if
// apart is set. Other texts may be inserted at the same line.
func (v *view) insertApart(line int, text string, apart bool) Edit {
	if apart {
		text = "\n" + text
	}
	return insert(line, text)
}

// isDirective reports whether a comment may be one of the parser directives at the
// top of the file.
func (v *view) isDirective(line int) bool {
	for _, above := range v.lines[:line] {
		if !strings.HasPrefix(strings.TrimSpace(above), "#") {
			return false
		}
	}
	return true
}
