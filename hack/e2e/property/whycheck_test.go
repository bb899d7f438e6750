package property

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stratabuild/strata/hack/buildrun"
)

// said is the report of a build.
type said struct {
	ComparedWith *struct{ Time time.Time }
	Steps        []struct {
		Line  int
		State string
	}
	Causes []struct {
		Line    int
		Reasons []reason
		Steps   []int
	}
}

type reason struct{ Kind, Name, Path, Change, Old, New string }

func (x explanation) text() string {
	if x.said == nil {
		return "it says nothing\n"
	}
	return fmt.Sprintf("it says: %+v\n%s\n", *x.said, strings.Join(x.lines, "\n"))
}

// count counts the reasons by their kind.
func (x explanation) count(reasons map[string]int) {
	if x.said == nil {
		return
	}
	for _, c := range x.said.Causes {
		for _, r := range c.Reasons {
			reasons[strings.TrimSpace(r.Kind+" "+r.Change)]++
		}
	}
}

// steps returns the steps of the build by the IDs of their instructions.
func (x explanation) steps() map[int]*buildrun.Step {
	steps := map[int]*buildrun.Step{}
	for _, s := range x.Instructions() {
		if id := idOf(s.Name); id > 0 && !strings.Contains(s.Name, "] LINK ") {
			steps[id] = s
		}
	}
	return steps
}

// idOf returns the ID in the output at the end of a line, or 0.
func idOf(line string) (id int) {
	words := strings.Fields(line)
	if len(words) > 0 {
		_, _ = fmt.Sscanf(words[len(words)-1], "/o%d", &id)
	}
	return id
}

// ids returns the IDs of the instructions by their line in the Dockerfile.
func (p project) ids() map[int]int {
	ids := map[int]int{}
	seen := map[int]bool{}
	for i, line := range strings.Split(p.dockerfile(), "\n") {
		if id := idOf(line); id > 0 && !seen[id] {
			ids[i+1], seen[id] = id, true
		}
	}
	return ids
}

func (x explanation) anyRan() bool {
	for _, s := range x.steps() {
		if s.Ran() {
			return true
		}
	}
	return false
}

// gaveUp reports whether the build did not wait for the comparison to end.
func (x explanation) gaveUp() bool {
	return x.said == nil && !slices.ContainsFunc(x.Steps, func(s *buildrun.Step) bool {
		return s.Name == "[internal] compare with earlier builds" && s.Error == "" && !s.Completed.IsZero()
	})
}

// problems returns the errors in the report of the build: in its steps, and in the
// changes since the version that it is compared with.
func (x explanation) problems(versions []version) []string {
	if x.said == nil {
		if x.anyRan() {
			return []string{"it says nothing, but steps ran"}
		}
		return nil
	}
	if x.said.ComparedWith == nil {
		return []string{"it knows no earlier build"}
	}
	at := slices.IndexFunc(versions, func(v version) bool {
		return !x.said.ComparedWith.Time.Before(v.start) && !x.said.ComparedWith.Time.After(v.end)
	})
	if at < 0 {
		return []string{"it compares itself with a build that does not exist"}
	}
	d := newDifference(x, versions[at].project)
	return slices.Concat(x.wrongStates(), d.wrongFiles(), d.wrongVariables(), d.wrongInstructions(), d.wrongBase())
}

// wrongStates compares the states with the steps that the daemon ran.
func (x explanation) wrongStates() (problems []string) {
	steps, ids := x.steps(), x.ids()
	for _, said := range x.said.Steps {
		id := ids[said.Line]
		s := steps[id]
		if id == 0 { // a FROM
			continue
		}
		delete(steps, id)
		if s == nil || said.State == "runs" && !s.Ran() || said.State == "cached" && !s.Cached {
			problems = append(problems, fmt.Sprintf("line %d is said to be %s, but %v", said.Line, said.State, s))
		}
	}
	for _, s := range steps {
		problems = append(problems, "nothing is said of "+s.Name)
	}
	if x.anyRan() && len(x.said.Causes) == 0 {
		problems = append(problems, "steps ran for no cause")
	}
	if len(x.lines) != len(x.said.Causes) {
		problems = append(problems, fmt.Sprintf("%d lines for %d causes", len(x.lines), len(x.said.Causes)))
	}
	return problems
}

// difference is the difference between two versions of a project.
type difference struct {
	explanation
	before         project
	steps, earlier map[int]step
	lines          map[int][2]string // of the instructions of both
	moved          bool              // whether their steps differ, or have another order
	reasons        map[string]map[string]string
}

func newDifference(x explanation, before project) difference {
	d := difference{explanation: x, before: before, steps: map[int]step{}, earlier: map[int]step{}, lines: map[int][2]string{}}
	d.reasons = map[string]map[string]string{}
	for _, c := range x.said.Causes {
		for _, r := range c.Reasons {
			if d.reasons[r.Kind] == nil {
				d.reasons[r.Kind] = map[string]string{}
			}
			d.reasons[r.Kind][r.Name+r.Path] = r.Change
		}
	}
	var now, then []int
	for _, s := range x.predict().Steps {
		d.steps[s.ID], now = s, append(now, s.ID)
	}
	for _, s := range before.predict().Steps {
		d.earlier[s.ID], then = s, append(then, s.ID)
	}
	d.moved = !slices.Equal(now, then)
	was := before.instructions()
	for id, in := range x.instructions() {
		if old, ok := was[id]; ok {
			d.lines[id] = [2]string{old.line(), in.line()}
			d.moved = d.moved || old.Add != in.Add // another keyword makes another step
		}
	}
	return d
}

// instructions returns all instructions by their IDs.
func (p project) instructions() map[int]instruction {
	all := map[int]instruction{}
	for _, s := range p.Stages {
		for _, in := range s.Steps {
			all[in.ID] = in
		}
	}
	return all
}

// ran reports whether a step is in both versions, has the same text, and ran.
func (d difference) ran(id int) bool {
	_, was := d.earlier[id]
	s := d.explanation.steps()[id]
	return was && d.lines[id][0] == d.lines[id][1] && s != nil && s.Ran()
}

// wrongFiles checks that exactly the files that differ are reported.
func (d difference) wrongFiles() (problems []string) {
	may, must := map[string]string{}, map[string]string{}
	for id, s := range d.steps {
		old, had := d.earlier[id]
		if !had {
			continue
		}
		changes := changesOf(old.Files, s.Files)
		maps.Copy(may, changes)
		if d.ran(id) {
			maps.Copy(must, changes)
		}
	}
	return wrong("file", d.reasons["file"], may, must)
}

func changesOf(before, now tree) map[string]string {
	changes := map[string]string{}
	for name, n := range now {
		switch old, had := before[name]; {
		case !had:
			changes[name] = "added"
		case old.Content != n.Content:
			changes[name] = "modified"
		case old.Mode != n.Mode:
			changes[name] = "mode"
		}
	}
	for name := range before {
		if _, has := now[name]; !has {
			changes[name] = "removed"
		}
	}
	return changes
}

// wrong compares the report with the allowed and the required content.
func wrong(kind string, said, may, must map[string]string) (problems []string) {
	for name, change := range said {
		if may[name] != change {
			problems = append(problems, fmt.Sprintf("%s %s is said to be %q, but is %q", kind, name, change, may[name]))
		}
	}
	for name, change := range must {
		if said[name] != change {
			problems = append(problems, fmt.Sprintf("%s %s is %q, but is said to be %q", kind, name, change, said[name]))
		}
	}
	return problems
}

// wrongVariables checks that exactly the variables of commands that differ are
// reported.
func (d difference) wrongVariables() []string {
	said, may, must := map[string]string{}, map[string]string{}, map[string]string{}
	for name := range d.reasons["variable"] {
		if name != "" { // not the order of all
			said[name] = "changed"
		}
	}
	for id, s := range d.steps {
		old, had := d.earlier[id]
		for _, name := range variableNames {
			if s.Env == nil && old.Env == nil || had && s.Env.has(name) == old.Env.has(name) && s.Env.get(name) == old.Env.get(name) {
				continue
			}
			may[name] = "changed"
			if d.ran(id) {
				must[name] = "changed"
			}
		}
	}
	return wrong("variable", said, may, must)
}

func (v variables) has(name string) bool {
	return slices.ContainsFunc(v, func(x variable) bool { return x.Name == name })
}

// wrongInstructions checks that there is a cause for each instruction with another
// text, and none for steps if there are no others.
func (d difference) wrongInstructions() (problems []string) {
	told := map[int]bool{}
	for _, c := range d.said.Causes {
		told[c.Line] = true
		for _, line := range c.Steps {
			told[line] = told[line] || d.moved
		}
	}
	edited := false
	for line, id := range d.ids() {
		_, was := d.earlier[id]
		s, built := d.explanation.steps()[id]
		if texts := d.lines[id]; was && built && texts[0] != texts[1] {
			edited = true
			if s.Ran() && !told[line] {
				problems = append(problems, fmt.Sprintf("line %d was edited, and is not a cause", line))
			}
		}
	}
	if len(d.reasons["step"]) > 0 && !d.moved {
		problems = append(problems, "steps are said to be others, but are the same")
	}
	if len(d.reasons["text"]) > 0 && !d.moved && !edited {
		problems = append(problems, "an instruction is said to be another, but is the same")
	}
	return problems
}

// wrongBase checks that exactly the base that moved is reported. If it has moved back
// and all steps are known from other builds, there is nothing to report.
func (d difference) wrongBase() []string {
	said, may, must := map[string]string{}, map[string]string{}, map[string]string{}
	for name := range d.reasons["base"] {
		said[name] = "moved"
	}
	if d.Moved != d.before.Moved {
		may[d.Image] = "moved"
		if d.anyRan() {
			must = may
		}
	}
	return wrong("base", said, may, must)
}
