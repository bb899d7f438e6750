package insight

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxInstruction is the width of instructions in the table.
const maxInstruction = 29

// Table returns the report as text. file is the name of the Dockerfile.
func Table(r Report, file string) string {
	var b strings.Builder
	if r.ComparedWith == nil {
		b.WriteString("This builder remembers no earlier build of this project\n")
	} else {
		fmt.Fprintf(&b, "Compared with the build of %s\n", r.ComparedWith.name())
	}
	b.WriteString("\n")
	instructions := r.instructions()
	writeRows(&b, r.rows(instructions, shown(file)))
	if r.Omitted != nil && r.Omitted.Steps > 0 {
		fmt.Fprintf(&b, "  and %d more %s\n", r.Omitted.Steps, plural(r.Omitted.Steps, "step"))
	}
	b.WriteString(r.total(instructions) + "\n")
	writeLast(&b, r)
	writeAdvice(&b, r.Advice, shown(file))
	return b.String()
}

// instructions groups the steps by instruction: each group has a step for each
// platform.
func (r Report) instructions() (list [][]Step) {
	type key struct {
		stage string
		line  int
		text  string
	}
	index := map[key]int{}
	for _, s := range r.Steps {
		k := key{s.Stage, s.Line, s.Text}
		at, known := index[k]
		if !known {
			at = len(list)
			index[k] = at
			list = append(list, nil)
		}
		list[at] = append(list[at], s)
	}
	slices.SortStableFunc(list, func(a, b []Step) int { return cmp.Compare(a[0].Line, b[0].Line) })
	return list
}

// A row is a line of the table.
type row struct{ place, instruction, state, why string }

// rows returns the rows of the instructions. Steps that are the same on all
// platforms share a row.
func (r Report) rows(instructions [][]Step, file string) (rows []row) {
	known := r.knownElsewhere()
	for _, steps := range instructions {
		first := steps[0]
		same := !slices.ContainsFunc(steps, func(s Step) bool {
			return s.State != first.State || !slices.Equal(s.Reasons, first.Reasons) || !slices.Equal(s.Follows, first.Follows)
		})
		if same {
			steps = steps[:1]
		}
		for _, s := range steps {
			why := s.why()
			if s.State == Cached {
				why = known[s.Line]
			}
			if !same {
				why = strings.TrimSuffix("on "+s.Platform+": "+why, ": ")
			}
			rows = append(rows, row{
				place:       fmt.Sprintf("%s:%d", file, s.Line),
				instruction: cut(oneLine(s.Text), maxInstruction),
				state:       string(s.State),
				why:         why,
			})
		}
	}
	return rows
}

// knownElsewhere returns, by line, what has changed in steps that ran in
// another build than the one compared with. Steps after them run.
func (r Report) knownElsewhere() map[int]string {
	known := map[int]string{}
	for _, c := range r.Causes {
		if !slices.Contains(c.Steps, c.Line) {
			known[c.Line] = describe(c.Reasons, column, maxNames) + " (as in another build)"
		}
	}
	return known
}

// why returns the last column for a step.
func (s Step) why() string {
	var parts []string
	if len(s.Follows) > 0 {
		var lines []string
		for _, line := range s.Follows[:min(len(s.Follows), maxNames)] {
			lines = append(lines, strconv.Itoa(line))
		}
		parts = append(parts, "follows "+plural(len(s.Follows), "line")+" "+enumerate(lines, len(s.Follows)-len(lines), ""))
	}
	if len(s.Reasons) > 0 {
		parts = append(parts, describe(s.Reasons, column, maxNames))
	}
	return strings.Join(parts, "; ")
}

func writeRows(b *strings.Builder, rows []row) {
	place, instruction := 0, 0
	for _, r := range rows {
		place = max(place, utf8.RuneCountInString(r.place))
		instruction = max(instruction, utf8.RuneCountInString(r.instruction))
	}
	for _, r := range rows {
		line := fmt.Sprintf("  %-*s  %-*s    %-8s  %s", place, r.place, instruction, r.instruction, r.state, r.why)
		b.WriteString(printable(strings.TrimRight(line, " ")) + "\n")
	}
}

// total returns the last line: the number of steps that run, and of causes.
func (r Report) total(instructions [][]Step) string {
	has := func(states ...StepState) (n int) {
		for _, steps := range instructions {
			if slices.ContainsFunc(steps, func(s Step) bool { return slices.Contains(states, s.State) }) {
				n++
			}
		}
		return n
	}
	run, all := has(Runs, Forced), len(instructions)
	may := has(Runs, Forced, MayRun) - run
	if run+may == 0 && all > 0 {
		return fmt.Sprintf("Nothing runs: all %s are cached.", count(all, "step"))
	}
	text := fmt.Sprintf("%d of %s", run, count(all, "step")) + choose(run == 1, " runs", " run")
	if may > 0 {
		text += fmt.Sprintf(", %d more may run", may)
	}
	if causes := len(r.Causes) + r.omittedCauses(); causes > 0 {
		text = count(causes, "cause") + ", " + text
	}
	return text + "."
}

// oneLine returns an instruction without line breaks and control characters.
func oneLine(text string) string {
	words := strings.Fields(strings.ReplaceAll(text, "\\\n", " "))
	return printable(strings.Join(words, " "))
}

func count(n int, thing string) string { return fmt.Sprintf("%d %s", n, plural(n, thing)) }
