package caching

import (
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// flagSteps are the steps in order: if one runs, so do the steps after it.
var flagSteps = []string{"COPY <<", "COPY --chmod", "COPY --chown", "COPY --exclude", "COPY --parents", "RUN <<"}

const noStep = 6 // past the last one

var flagEdits = []struct {
	name, file, old, new string
	from                 int // the first step that runs, or noStep
	want                 scenario.Files
}{
	{name: "the text of a heredoc", old: "one line", new: "another line", from: 0, want: scenario.Files{"/note.txt": "another line"}},
	{name: "a quoted delimiter", old: "<<NOTE", new: "<<'NOTE'", from: noStep},
	{name: "the script of a heredoc", old: "echo ran", new: "echo has run", from: 5, want: scenario.Files{"/ran": "has run"}},
	{name: "another delimiter of a script", old: "SCRIPT", new: "END", from: noStep},
	{name: "mode", old: "--chmod=600", new: "--chmod=640", from: 1},
	{name: "the same mode", old: "--chmod=640", new: "--chmod=0640", from: noStep},
	{name: "owner", old: "--chown=1:1", new: "--chown=2:2", from: 2},
	{name: "the same owner", old: "--chown=2:2", new: "--chown=2:02", from: noStep},
	{name: "an excluded file", file: "docs/notes.md", old: "notes", new: "edited", from: noStep},
	{name: "a file that is not excluded", file: "docs/page.html", old: "page", new: "edited", from: 3, want: scenario.Files{"/docs/page.html": "edited", "/docs/notes.md": scenario.Absent}},
	{name: "a pattern that excludes more", old: "--exclude=*.md", new: "--exclude=*.md --exclude=*.txt", from: 3, want: scenario.Files{"/docs/plain.txt": scenario.Absent}},
	{name: "a file beside the one with its parents", file: "a/b/other.txt", old: "other", new: "edited", from: noStep},
	{name: "a file with its parents", file: "a/b/c.txt", old: "c", new: "edited", from: 4, want: scenario.Files{"/parents/a/b/c.txt": "edited"}},
}

func TestHereDocumentsAndFlags(t *testing.T) {
	d := scenario.Fresh(t)
	p := project(t, 0, scenario.Files{
		"mode.txt": "mode\n", "owner.txt": "owner\n",
		"docs/page.html": "page\n", "docs/notes.md": "notes\n", "docs/plain.txt": "plain\n",
		"a/b/c.txt": "c\n", "a/b/other.txt": "other\n",
	})
	p.On(d).RanAll()
	for _, e := range flagEdits {
		t.Run(e.name, func(t *testing.T) {
			p := p.With(t)
			if e.file == "" {
				p.Write("Dockerfile", strings.ReplaceAll(p.Read("Dockerfile"), e.old, e.new))
			} else {
				p.Replace(e.file, e.old, e.new)
			}
			r := p.On(d)
			r.Ran(flagSteps[e.from:]...)
			r.Holds(e.want)
		})
	}
	t.Run("what they make", func(t *testing.T) { flagsMake(t, p.With(t).On(d)) })
	t.Run("other parents", func(t *testing.T) {
		p := p.With(t)
		p.Rename("a/b/c.txt", "x/b/c.txt")
		p.Edit("./a/b/c.txt", "./x/b/c.txt")
		r := p.On(d)
		r.Ran(flagSteps[4:]...)
		r.Holds(scenario.Files{"/parents/x/b/c.txt": "edited", "/parents/a/b/c.txt": scenario.Absent})
	})
}

// flagsMake checks the modes and owners that the flags set.
func flagsMake(t *testing.T, r *scenario.Result) {
	tree := tree(r)
	for name, want := range map[string]string{
		"/note.txt": "-rw-r--r-- 0:0 ", "/mode.txt": "-rw-r----- 0:0 ", "/owner.txt": "-rw-r--r-- 2:2 ",
	} {
		if !strings.HasPrefix(tree[name], want) {
			t.Errorf("%s is %s, not %s", name, tree[name], want)
		}
	}
}
