package insight

import (
	"io/fs"
	"testing"
)

func TestFiles(t *testing.T) {
	edited := appWith(map[string]file{"requirements.txt": text("flask\nredis\n")})
	other := appWith(map[string]file{"app.py": text("one\n2\nthree\n"), "util.py": text("new\n"), "old.py": {}})
	both := appWith(map[string]file{"requirements.txt": text("flask\nredis\n"), "util.py": text("new\n")})
	for _, c := range []comparisonCase{
		{"nothing changed", []fixture{appWith(nil)}, appWith(nil), ""},
		{"a file of two steps", []fixture{appWith(nil)}, edited, `
			3 runs: file requirements.txt modified +1-0
			4 runs after 3
			5 runs after 3
			cause 3: file requirements.txt modified +1-0 -> 3 4 5`},
		{"modified, added and removed", []fixture{appWith(nil)}, other, `
			5 runs: file app.py modified +1-1, file old.py removed, file util.py added
			cause 5: file app.py modified +1-1, file old.py removed, file util.py added -> 5`},
		{"two causes", []fixture{appWith(nil)}, both, `
			3 runs: file requirements.txt modified +1-0
			4 runs after 3
			5 runs: file util.py added after 3
			cause 3: file requirements.txt modified +1-0 -> 3 4 5
			cause 5: file util.py added -> 5`},
		{"mode", []fixture{appWith(nil)}, appWith(map[string]file{"app.py": {text: "one\ntwo\nthree\n", mode: 0o755}}), `
			5 runs: file app.py mode
			cause 5: file app.py mode -> 5`},
		{"type", []fixture{appWith(nil)}, appWith(map[string]file{"app.py": {mode: fs.ModeDir | 0o755}}), `
			5 runs: file app.py type
			cause 5: file app.py type -> 5`},
		{"link", []fixture{appWith(map[string]file{"to": {link: "a", mode: fs.ModeSymlink | 0o777}})}, appWith(map[string]file{"to": {link: "b", mode: fs.ModeSymlink | 0o777}}), `
			5 runs: file to link
			cause 5: file to link -> 5`},
		{"no text", []fixture{appWith(map[string]file{"app.py": {text: "\x00", mode: 0o644, uncounted: true}})}, appWith(nil), `
			5 runs: file app.py modified
			cause 5: file app.py modified -> 5`},
		{"a new folder", []fixture{appWith(nil)}, appWith(map[string]file{
			"doc": {mode: fs.ModeDir | 0o755}, "doc-x": text(""), "doc/a": text(""), "empty": {mode: fs.ModeDir | 0o755},
		}), `
			5 runs: file doc-x added, file doc/a added, file empty added
			cause 5: file doc-x added, file doc/a added, file empty added -> 5`},
	} {
		c.run(t)
	}
}

func TestCountLines(t *testing.T) {
	for _, c := range []struct {
		before, after  []uint32
		work           int
		added, removed int
	}{
		{nil, nil, maxWork, 0, 0},
		{nil, []uint32{1, 2}, maxWork, 2, 0},
		{[]uint32{1, 2, 3}, []uint32{1, 3}, maxWork, 0, 1},
		{[]uint32{1, 2, 3, 4}, []uint32{1, 3, 2, 4}, maxWork, 1, 1},
		{[]uint32{1, 2, 3, 4}, []uint32{1, 3, 2, 4}, 3, 0, 0}, // moved lines count as unchanged
		{[]uint32{1, 1, 2}, []uint32{5, 1, 6}, 0, 2, 2},
	} {
		if added, removed := countLines(c.before, c.after, &c.work); added != c.added || removed != c.removed {
			t.Errorf("%v to %v: +%d -%d, want +%d -%d", c.before, c.after, added, removed, c.added, c.removed)
		}
	}
}

// Files are identified by the part of their path that is in the key, in any
// order.
func TestPlaces(t *testing.T) {
	file := func(path, name, hash string) File { return File{Path: path, Name: name, Mode: 0o644, Hash: hash} }
	plain := Selection{Path: "/src"}
	wild := Selection{Path: "/src/*.d", Wildcard: true}
	several := Selection{Path: "/*/x", Wildcard: true}
	for _, c := range []struct {
		name        string
		selection   Selection
		before, now Content
		want        string
	}{
		{"a file of another selection with the same content", Selection{Path: "/b"}, Content{file("a", "", "1")}, Content{file("a", "", "2")}, "file b modified"},
		{"a folder", plain, Content{file("src/a", "a", "1")}, Content{file("src/a", "a", "2"), file("src/b", "b", "2")}, "file src/a modified, file src/b added"},
		{"a link in a wildcard", wild, Content{file("z/f", "a.d/f", "1"), file("src/b.d/f", "b.d/f", "1")}, Content{file("src/b.d/f", "b.d/f", "2"), file("z/f", "a.d/f", "1")}, "file src/b.d/f modified"},
		{"folders in a wildcard", several, Content{file("a/x", "x", "1"), file("b/x", "x", "1")}, Content{file("a/x", "x", "1"), file("b/x", "x", "2")}, "file b/x modified"},
	} {
		if got := reasonsText(c.now.diff(c.before, c.selection)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
