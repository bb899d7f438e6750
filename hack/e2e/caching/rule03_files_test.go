package caching

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// fileEdits are made in turn. Each lists the steps that it makes run.
var fileEdits = []struct {
	name string
	edit func(p *scenario.Project)
	ran  []string
	want scenario.Files
}{
	{
		name: "content", edit: func(p *scenario.Project) { p.Write("one.txt", "one, edited\n") },
		ran:  []string{"COPY one.txt", "COPY dir", "ADD two.txt"},
		want: scenario.Files{"/one.txt": "one, edited"},
	},
	{
		name: "content that comes later", edit: func(p *scenario.Project) { p.Write("two.txt", "two, edited\n") },
		ran:  []string{"ADD two.txt"},
		want: scenario.Files{"/two.txt": "two, edited"},
	},
	{
		name: "a file that is not copied", edit: func(p *scenario.Project) { p.Write("unused.txt", "edited\n") },
	},
	{
		name: "a new file beside the copied ones", edit: func(p *scenario.Project) { p.Write("more/unused.txt", "new\n") },
	},
	{
		name: "a new file in a copied folder", edit: func(p *scenario.Project) { p.Write("dir/sub/new.txt", "new\n") },
		ran:  []string{"COPY dir", "ADD two.txt"},
		want: scenario.Files{"/dir/sub/new.txt": "new"},
	},
	{
		name: "a renamed file", edit: func(p *scenario.Project) { p.Rename("dir/sub/new.txt", "dir/sub/renamed.txt") },
		ran:  []string{"COPY dir", "ADD two.txt"},
		want: scenario.Files{"/dir/sub/new.txt": scenario.Absent, "/dir/sub/renamed.txt": "new"},
	},
	{
		name: "a removed file", edit: func(p *scenario.Project) { remove(p, "dir/a.txt") },
		ran:  []string{"COPY dir", "ADD two.txt"},
		want: scenario.Files{"/dir/a.txt": scenario.Absent},
	},
	{
		name: "a new empty folder", edit: func(p *scenario.Project) { mkdir(p, "dir/empty") },
		ran: []string{"COPY dir", "ADD two.txt"},
	},
	{
		name: "mode", edit: func(p *scenario.Project) { p.Chmod("two.txt", 0o755) },
		ran: []string{"ADD two.txt"},
	},
	{
		name: "the mode of the folder that is named", edit: func(p *scenario.Project) { p.Chmod("dir", 0o700) },
	},
	{
		name: "times", edit: touchAll,
	},
	{
		name: "an edit that is taken back", edit: func(p *scenario.Project) { p.Chmod("two.txt", 0o644) },
	},
}

func TestCopiedFiles(t *testing.T) {
	d := scenario.Fresh(t)
	p := project(t, 0, scenario.Files{
		"one.txt": "one\n", "two.txt": "two\n", "unused.txt": "unused\n", "dir/a.txt": "a\n", "dir/sub/b.txt": "b\n",
	})
	p.On(d).RanAll()
	for _, e := range fileEdits {
		t.Run(e.name, func(t *testing.T) {
			p := p.With(t)
			e.edit(p)
			r := p.On(d)
			r.Ran(e.ran...)
			r.Holds(e.want)
		})
	}
	t.Run("owner", func(t *testing.T) { ownerOfFiles(t, d) })
	t.Run("a folder's mode", func(t *testing.T) { modeOfFolder(t, d) })
	t.Run("a moved file", func(t *testing.T) { movedFile(t, d) })
}

func mkdir(p *scenario.Project, name string) {
	if err := os.MkdirAll(filepath.Join(p.Dir, name), 0o755); err != nil {
		panic(err)
	}
}

func remove(p *scenario.Project, name string) {
	if err := os.Remove(filepath.Join(p.Dir, name)); err != nil {
		panic(err)
	}
}

// ownerOfFiles shows that the owner of a file matters if it is copied from another
// stage. Files from a client always belong to root.
func ownerOfFiles(t *testing.T, d *scenario.Daemon) {
	p := project(t, 1, scenario.Files{"src/app.txt": "app\n"})
	p.On(d).RanAll()
	if err := os.Chown(filepath.Join(p.Dir, "src/app.txt"), 1234, 1234); err != nil {
		t.Fatal(err)
	}
	p.On(d).Ran()

	p.Edit("chown 1:1", "chown 2:2")
	r := p.On(d)
	r.Ran("RUN chown", "COPY --from=owned")
	if got := tree(r)["/app.txt"]; !strings.Contains(got, " 2:2 ") {
		t.Errorf("the owner is not 2:2: %s", got)
	}
}

// movedFile moves a file in the context, and adapts the Dockerfile.
func movedFile(t *testing.T, d *scenario.Daemon) {
	p := project(t, 1, scenario.Files{"src/app.txt": "moved\n"})
	first := p.On(d)
	first.Ran("COPY src/app.txt", "RUN chown", "COPY --from=owned")

	p.Rename("src/app.txt", "lib/app.txt")
	p.Edit("src/app.txt", "lib/app.txt")
	p.On(d).Ran()

	p.Rename("lib/app.txt", "lib/renamed.txt")
	p.Edit("lib/app.txt", "lib/renamed.txt")
	r := p.On(d)
	r.Ran("COPY lib/renamed.txt", "RUN chown")
	r.SameContent(first)
}

// modeOfFolder shows the documented exception: a daemon that has the context from
// the last build does not notice the mode of a folder in it.
func modeOfFolder(t *testing.T, d *scenario.Daemon) {
	p := project(t, 0, scenario.Files{"one.txt": "1\n", "two.txt": "2\n", "dir/sub/b.txt": "b\n"})
	const before, after = "drwxr-xr-x", "drwx------"
	mode := func(r *scenario.Result, want string) {
		t.Helper()
		if got := tree(r)["/dir/sub"]; !strings.HasPrefix(got, want+" ") {
			t.Errorf("the folder is %q, not %s", got, want)
		}
	}
	first := p.On(d)
	first.RanAll()
	mode(first, before)

	p.Chmod("dir/sub", 0o700)
	stale := p.On(d)
	stale.Ran()
	mode(stale, before)

	d.Prune(t)
	fresh := p.On(d)
	fresh.RanAll()
	mode(fresh, after)
}
