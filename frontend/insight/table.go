package insight

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// maxInstruction is the width of an instruction in the table.
const maxInstruction = 40

// Table is the report as a table with a row for each step. file is the name of
// the Dockerfile, zone that of the times.
func Table(r Report, file string, zone *time.Location) string {
	var b strings.Builder
	if r.ComparedWith == nil {
		b.WriteString("No earlier build of this project on this builder to compare with\n\n")
	} else {
		fmt.Fprintf(&b, "Compared with the build of %s on this builder\n\n", r.ComparedWith.Time.In(zone).Format("2006-01-02 15:04 MST"))
	}
	var rows [][]string
	ran := 0
	for _, s := range r.Steps {
		rows = append(rows, s.row(file))
		if s.State == Runs || s.State == Forced {
			ran++
		}
	}
	writeColumns(&b, rows)
	fmt.Fprintf(&b, "%d %s, %d of %d steps run.\n", len(r.Causes), plural(len(r.Causes), "cause"), ran, len(r.Steps))
	return b.String()
}

// row is a step's place, instruction, state and what has changed.
func (s Step) row(file string) []string {
	why := describe(s.Reasons, column, maxNames)
	if len(s.Follows) > 0 {
		var lines []string
		for _, line := range s.Follows[:min(len(s.Follows), maxNames)] {
			lines = append(lines, fmt.Sprint(line))
		}
		more := len(s.Follows) - len(lines)
		follows := "follows " + plural(len(s.Follows), "line") + " " + enumerate(lines, more, "")
		why = strings.TrimSuffix(follows+"; "+why, "; ")
	}
	text := cut(strings.Join(strings.Fields(shownText(s.Text)), " "), maxInstruction)
	return []string{fmt.Sprintf("%s:%d", file, s.Line), text, string(s.State), s.Platform, why}
}

// shownText is an instruction without anything that a terminal would not show.
func shownText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// writeColumns pads the columns to a common width, and leaves out the platform
// where there is one only.
func writeColumns(b *strings.Builder, rows [][]string) {
	const platform = 3
	onePlatform := true
	for _, row := range rows {
		onePlatform = onePlatform && row[platform] == rows[0][platform]
	}
	widths := make([]int, 5)
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := " "
		for i, cell := range row {
			if i == platform && onePlatform {
				continue
			}
			line += " " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + " "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
