package insight

import "testing"

func TestUnnamedProjects(t *testing.T) {
	const dockerfile = "FROM python\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install\nCOPY . .\n"
	app := build{dockerfile: dockerfile, files: map[string]string{"requirements.txt": "1", "app.py": "1", "util.py": "1", "README": "1", "test/a": "1", "test/b": "1"}}
	with := func(dockerfile string, files map[string]string) build {
		return build{dockerfile: dockerfile, files: files}
	}
	one := with("FROM busybox\nCOPY a .\n", map[string]string{"a": "1"})
	for _, c := range []struct {
		name   string
		before []build
		now    build
		want   bool
	}{
		{"the first build", nil, app, false},
		{"the same again", []build{app}, app, true},
		{"another directory", []build{app}, with("FROM python\nWORKDIR /src\nCOPY requirements.txt .\nRUN pip install\nCOPY . .\n", app.files), true},
		{"another base", []build{app}, with("FROM node\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install\nCOPY . .\n", app.files), true},
		{"one file of one", []build{one}, with(one.dockerfile, map[string]string{"a": "2"}), true},
		{"half of the files", []build{app}, with(dockerfile, map[string]string{"requirements.txt": "2", "app.py": "2", "util.py": "2", "README": "1", "test/a": "1", "test/b": "1"}), true},
		{"the Dockerfile of another project", []build{app}, with(dockerfile, map[string]string{"requirements.txt": "2", "main.py": "2", "x": "3"}), false},
		{"the files of another Dockerfile", []build{app}, with("FROM node\nRUN other\nRUN things\nCOPY README .\n", app.files), false},
		{"most instructions are others", []build{app}, with("FROM python\nWORKDIR /x\nCOPY requirements.txt /x\nRUN pip install -r x\nCOPY . .\n", app.files), false},
		{"the project of two that is more like it", []build{app, one}, with(one.dockerfile, map[string]string{"a": "2"}), true},
	} {
		if got := answers(t, "", append(c.before, c.now)...).Report.ComparedWith != nil; got != c.want {
			t.Errorf("%s: compared %v, want %v", c.name, got, c.want)
		}
	}
}

// If two projects are equally similar to a build, the one with more of its
// instructions is its project.
func TestInstructionsDecide(t *testing.T) {
	of := func(dest, a string) build {
		return build{dockerfile: "FROM busybox\nCOPY a " + dest + "\n", files: map[string]string{"a": a + "\n"}}
	}
	own, other := of("/own", "1"), of("/other", "2")
	for _, before := range [][]build{{own, other}, {other, own}} {
		got := summary(answers(t, "", append(before, of("/own", "2"))...).Report)
		if want := "2 runs: file a modified +1-1\ncause 2: file a modified +1-1 -> 2\n"; got != want {
			t.Errorf("got:\n%swant:\n%s", got, want)
		}
	}
}
