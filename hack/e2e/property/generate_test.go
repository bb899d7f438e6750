package property

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// There are few names and values, so that edits often return to earlier states.
var (
	argNames      = []string{"A1", "A2", "G1"}
	envNames      = []string{"E1", "E2"}
	variableNames = []string{"A1", "A2", "G1", "E1", "E2"}
	words         = []string{"red", "green", "blue", "white", "black", "grey"}
	folders       = []string{"d1", "d2"}
	singles       = []string{"f1.txt", "f2.txt", "f3.txt"}
	endings       = []string{".txt", ".md", ".log"}
	modes         = []uint32{0o644, 0o600, 0o755}
)

// generator makes random projects and edits, which depend only on the seed.
type generator struct{ *rand.Rand }

func pick[T any](g generator, from []T) T { return from[g.IntN(len(from))] }

func (g generator) oneIn(n int) bool { return g.IntN(n) == 0 }

func (g generator) project() project { return g.projectAfter(0) }

// projectAfter returns a project whose instructions have IDs above a number.
func (g generator) projectAfter(id int) project {
	p := project{Files: map[string]file{}, Globals: map[string]string{"G1": pick(g, words)}, Args: map[string]string{}, LastID: id}
	for _, name := range singles {
		p.Files[name] = g.file()
	}
	for _, dir := range folders {
		p.Files[dir+"/keep.txt"] = g.file() // a copied folder is never empty
		p.Files[dir+"/sub/deep.txt"] = g.file()
		for range g.IntN(3) {
			p.Files[g.inFolder(dir)] = g.file()
		}
	}
	for i := range 2 + g.IntN(3) {
		s := stage{Base: fromImage}
		if i > 0 && g.oneIn(3) {
			s.Base = g.IntN(i)
		}
		p.Stages = append(p.Stages, s)
		for range 2 + g.IntN(4) {
			at := len(p.Stages[i].Steps)
			p.insert(i, at, g.instruction(&p, i, at))
		}
		g.needPrevious(&p, i)
	}
	p.Target = len(p.Stages) - 1
	return p
}

// needPrevious makes a stage copy from the previous one, so that the last stage
// needs them all.
func (g generator) needPrevious(p *project, at int) {
	if at == 0 || p.Stages[at].Base == at-1 {
		return
	}
	made := p.copyable(at - 1)
	if len(made) == 0 {
		return
	}
	p.LastID++
	in := instruction{Kind: kindCopy, ID: p.LastID, From: at - 1, Source: output(pick(g, made))}
	p.insert(at, g.IntN(len(p.Stages[at].Steps)+1), in)
}

func (g generator) file() file {
	return file{Content: pick(g, words) + "\n", Mode: 0o644}
}

func (g generator) inFolder(dir string) string {
	return fmt.Sprintf("%s/%s%s", dir, pick(g, words), pick(g, endings))
}

// instruction returns an instruction that is valid at a place of a stage.
func (g generator) instruction(p *project, at, place int) instruction {
	p.LastID++
	in := instruction{ID: p.LastID, From: fromContext, Value: pick(g, words)}
	in.Kind = pick(g, []kind{
		kindEcho, kindEcho, kindEcho, kindCat, kindMount, kindMount, kindCache, kindCopy, kindCopy, kindCopy, kindCopy,
		kindHeredoc, kindWorkdir, kindArg, kindArg, kindEnv, kindLabel, kindExpose, kindCmd,
	})
	switch in.Kind {
	case kindEcho:
		in.Value = g.text()
	case kindCat:
		in.Inputs = g.inputs(*p, at, place)
	case kindMount:
		g.chooseSource(*p, at, &in)
		// A writable context makes BuildKit run other steps again by accident.
		in.Writable = in.From != fromContext && g.oneIn(3)
	case kindCopy:
		g.chooseSource(*p, at, &in)
		g.chooseFlags(&in)
	case kindArg:
		in.Name, in.HasValue = pick(g, argNames), !g.oneIn(3)
	case kindEnv:
		in.Name = pick(g, envNames)
	case kindLabel:
		in.Name = pick(g, []string{"l1", "l2"})
	case kindExpose:
		in.Value = fmt.Sprintf("%d/tcp", 80+g.IntN(3))
	}
	return in
}

func (g generator) text() string {
	text := pick(g, words)
	for g.oneIn(2) {
		text += " $" + pick(g, variableNames)
	}
	return text
}

// inputs returns outputs of earlier steps of the stage and of the stages below it.
// An edit may have removed the step of one of them.
func (g generator) inputs(p project, at, place int) []int {
	known := p.outputs(at, place)
	if len(known) == 0 {
		return []int{0}
	}
	return []int{pick(g, known), pick(g, known)}
}

// chooseSource makes a copy or mount read the context or an earlier stage.
func (g generator) chooseSource(p project, at int, in *instruction) {
	if at > 0 && g.oneIn(2) {
		from := g.IntN(at)
		if made := p.copyable(from); len(made) > 0 {
			in.From, in.Source = from, output(pick(g, made))
			return
		}
	}
	in.Source = pick(g, append(folders, singles...))
}

func (g generator) chooseFlags(in *instruction) {
	in.Link = g.oneIn(4)
	in.Add = in.From == fromContext && g.oneIn(5)
	if !in.Link && g.oneIn(4) { // --link does not hold with --chmod
		in.Chmod = pick(g, []string{"600", "755"})
	}
	if g.oneIn(4) {
		in.Chown = pick(g, []string{"1:1", "2:2"})
	}
	if in.From == fromContext && !strings.Contains(in.Source, ".") && g.oneIn(2) {
		in.Exclude = "*.md"
	}
}

// outputs returns the IDs of the outputs of a stage's steps before a place, and
// those of the stages below it.
func (p project) outputs(at, before int) (ids []int) {
	if base := p.Stages[at].Base; base != fromImage {
		ids = p.outputs(base, len(p.Stages[base].Steps))
	}
	for _, in := range p.Stages[at].Steps[:before] {
		if in.makesStep() {
			ids = append(ids, in.ID)
		}
	}
	return ids
}

// copyable returns the outputs of a stage that another stage may read: not the
// folders of WORKDIR, which are empty.
func (p project) copyable(at int) (ids []int) {
	if base := p.Stages[at].Base; base != fromImage {
		ids = p.copyable(base)
	}
	for _, in := range p.Stages[at].Steps {
		if in.makesStep() && in.Kind != kindWorkdir {
			ids = append(ids, in.ID)
		}
	}
	return ids
}

func (p *project) insert(at, place int, in instruction) {
	steps := p.Stages[at].Steps
	p.Stages[at].Steps = append(steps[:place:place], append([]instruction{in}, steps[place:]...)...)
}
