package property

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// edits change a project at random. Each returns a description, or "" if there was
// nothing to do.
var edits = []func(g generator, p *project) string{
	editContent, editContent, editContent, addFile, removeFile, renameFile, changeMode, changeMode,
	touch, changeIgnored, ignoredFile,
	changeValue, changeValue, changeValue, changeFlags,
	insertInstruction, insertInstruction, removeInstruction, swapInstructions,
	changeArg, changeGlobal, changeTarget,
}

// edit changes the project and returns a description.
func (g generator) edit(p *project) string { return g.editBy(edits, p) }

// editBy changes the project in one of several ways.
func (g generator) editBy(edits []func(g generator, p *project) string, p *project) string {
	for {
		if what := pick(g, edits)(g, p); what != "" {
			return what
		}
	}
}

// fileOf returns the name of a file of the context, usually one that an instruction
// reads.
func fileOf(g generator, p *project, keep func(string) bool) string {
	onlyRead := !g.oneIn(4)
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(p.Files)), func(n string) bool {
		return !keep(n) || onlyRead && !p.reads(n)
	})
	if len(names) == 0 {
		return ""
	}
	return pick(g, names)
}

func all(string) bool { return true }

// reads reports whether an instruction reads the file of the context.
func (p project) reads(name string) bool {
	for _, s := range p.Stages {
		for _, in := range s.Steps {
			if in.From == fromContext && in.Source != "" && strings.HasPrefix(name, in.Source) {
				return true
			}
		}
	}
	return false
}

// removable reports whether a file can be removed: nothing names it, and its folder
// does not become empty.
func removable(name string) bool {
	return strings.Contains(name, "/") && !strings.HasSuffix(name, "/keep.txt")
}

func editContent(g generator, p *project) string {
	name := fileOf(g, p, all)
	if name == "" {
		return ""
	}
	f := p.Files[name]
	f.Content = pick(g, words) + "\n"
	p.Files[name] = f
	return fmt.Sprintf("write %q to %s", f.Content, name)
}

func addFile(g generator, p *project) string {
	name := g.inFolder(pick(g, folders))
	p.Files[name] = g.file()
	return "add " + name
}

func removeFile(g generator, p *project) string {
	name := fileOf(g, p, removable)
	if name == "" {
		return ""
	}
	delete(p.Files, name)
	return "remove " + name
}

func renameFile(g generator, p *project) string {
	from, to := fileOf(g, p, removable), g.inFolder(pick(g, folders))
	if from == "" {
		return ""
	}
	f := p.Files[from]
	delete(p.Files, from)
	p.Files[to] = f
	return "rename " + from + " to " + to
}

func changeMode(g generator, p *project) string {
	name := fileOf(g, p, all)
	if name == "" {
		return ""
	}
	f := p.Files[name]
	f.Mode = os.FileMode(pick(g, modes))
	p.Files[name] = f
	return fmt.Sprintf("chmod %o %s", f.Mode, name)
}

// touch changes nothing: every file is rewritten for each build.
func touch(generator, *project) string { return "touch everything" }

func changeIgnored(g generator, p *project) string {
	p.Ignored = pick(g, [][]string{nil, {".log"}, {".md"}, {".md", ".log"}, {".nothing"}})
	return fmt.Sprintf("ignore %q", p.Ignored)
}

func ignoredFile(g generator, p *project) string {
	if len(p.Ignored) == 0 {
		return ""
	}
	name := pick(g, folders) + "/" + pick(g, words) + pick(g, p.Ignored)
	p.Files[name] = g.file()
	return "write the ignored " + name
}

// somewhere returns a random instruction of those that suit, or nil if there is
// none.
func somewhere(g generator, p *project, suits func(instruction) bool) *instruction {
	var found []*instruction
	for i := range p.Stages {
		for j := range p.Stages[i].Steps {
			if in := &p.Stages[i].Steps[j]; suits(*in) {
				found = append(found, in)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return pick(g, found)
}

func changeValue(g generator, p *project) string {
	in := somewhere(g, p, func(in instruction) bool {
		switch in.Kind {
		case kindCopy, kindMount, kindWorkdir, kindCat:
			return false
		}
		return true
	})
	if in == nil {
		return ""
	}
	before := in.line()
	switch in.Kind {
	case kindEcho:
		in.Value = g.text()
	case kindExpose:
		in.Value = fmt.Sprintf("%d/tcp", 80+g.IntN(3))
	default:
		in.Value = pick(g, words)
	}
	return before + " becomes " + in.line()
}

func changeFlags(g generator, p *project) string {
	in := somewhere(g, p, func(in instruction) bool { return in.Kind == kindCopy })
	if in == nil {
		return ""
	}
	before := in.line()
	in.Chmod, in.Chown, in.Exclude = "", "", ""
	g.chooseFlags(in)
	return before + " becomes " + in.line()
}

func insertInstruction(g generator, p *project) string {
	at := g.IntN(len(p.Stages))
	place := g.IntN(len(p.Stages[at].Steps) + 1)
	in := g.instruction(p, at, place)
	p.insert(at, place, in)
	return fmt.Sprintf("insert %s in %s", in.line(), stageName(at))
}

// read reports whether a copy or mount reads the output of the instruction.
func (p project) read(id int) bool {
	for _, s := range p.Stages {
		for _, in := range s.Steps {
			if in.From != fromContext && in.Source == output(id) {
				return true
			}
		}
	}
	return false
}

func removeInstruction(g generator, p *project) string {
	at := g.IntN(len(p.Stages))
	if len(p.Stages[at].Steps) == 0 {
		return ""
	}
	place := g.IntN(len(p.Stages[at].Steps))
	in := p.Stages[at].Steps[place]
	if p.read(in.ID) {
		return ""
	}
	p.Stages[at].Steps = slices.Delete(p.Stages[at].Steps, place, place+1)
	return fmt.Sprintf("remove %s from %s", in.line(), stageName(at))
}

func swapInstructions(g generator, p *project) string {
	at := g.IntN(len(p.Stages))
	steps := p.Stages[at].Steps
	if len(steps) < 2 {
		return ""
	}
	i := g.IntN(len(steps) - 1)
	steps[i], steps[i+1] = steps[i+1], steps[i]
	return fmt.Sprintf("swap %s and %s", steps[i+1].line(), steps[i].line())
}

func changeArg(g generator, p *project) string {
	name := pick(g, argNames)
	if _, ok := p.Args[name]; ok && g.oneIn(3) {
		delete(p.Args, name)
		return "no --build-arg " + name
	}
	p.Args[name] = pick(g, words)
	return "--build-arg " + name + "=" + p.Args[name]
}

func changeGlobal(g generator, p *project) string {
	p.Globals["G1"] = pick(g, words)
	return "ARG G1=" + p.Globals["G1"] + " before the first FROM"
}

// changeTarget chooses the last stage most often, because it needs most others.
func changeTarget(g generator, p *project) string {
	p.Target = len(p.Stages) - 1
	if g.oneIn(2) {
		p.Target = g.IntN(len(p.Stages))
	}
	return "--target " + stageName(p.Target)
}
