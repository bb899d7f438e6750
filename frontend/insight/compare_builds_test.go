package insight

import "testing"

func TestHistory(t *testing.T) {
	one := appWith(map[string]file{"requirements.txt": text("one\n")})
	two := appWith(map[string]file{"requirements.txt": text("two\n")})
	branch := two.with("RUN pip install -r requirements.txt", "RUN pip install -r requirements.txt\nRUN make")
	onOne := appWith(map[string]file{"requirements.txt": text("one\n"), "app.py": text("edited\n")})
	mixed := appWith(map[string]file{"requirements.txt": text("one\n"), "old.py": text("edited\n")})
	other := appWith(map[string]file{"requirements.txt": text("two\n"), "app.py": text("edited\n"), "old.py": text("edited\n")})
	for _, c := range []comparisonCase{
		{"nothing to compare with", nil, one, `
			1 runs
			2 runs
			3 runs
			4 runs
			5 runs`},
		{"back to an earlier state", []fixture{one, two}, one, ""},
		{"the branch that is nearest", []fixture{one, branch}, onOne, `
			5 runs: file app.py modified +1-3
			cause 5: file app.py modified +1-3 -> 5`},
		{"the one of fewest files", []fixture{one, other}, mixed, `
			5 runs: file old.py modified +1-1
			cause 5: file old.py modified +1-1 -> 5`},
		{"the one with the same files, then of the latest steps", []fixture{onOne, two}, one, `
			5 runs: file app.py modified +3-1
			cause 5: file app.py modified +3-1 -> 5`},
		{"the most recent of equals", []fixture{onOne, mixed}, one, `
			5 runs: file old.py modified +1-1
			cause 5: file old.py modified +1-1 -> 5`},
	} {
		c.run(t)
	}
}

// Earlier builds had each of these steps, but in other combinations. The new step
// runs because of the changed input of a step that is cached.
func TestCauseOfCachedStep(t *testing.T) {
	p := steady("FROM busybox\nCOPY a .\nRUN make\nCOPY b .\nCOPY c .")
	with := func(a, b, c string) fixture {
		p.files = map[string]file{"a": text(a), "b": text(b), "c": text(c)}
		return p
	}
	comparisonCase{"", []fixture{with("1", "1", "1"), with("2", "2", "2")}, with("1", "2", "2"), `
		4 runs after 2
		5 runs after 2
		cause 2: file a modified +1-1 -> 4 5`}.run(t)
}

func TestBases(t *testing.T) {
	p := steady("FROM python AS one\nRUN a\nFROM python\nRUN b $PYTHON")
	p.images = map[string]string{"python": "one PYTHON=3.11"}
	moved := p
	moved.images = map[string]string{"python": "two PYTHON=3.12"}
	arg := steady("FROM $BASE\nRUN a")
	arg.args = map[string]string{"BASE": "busybox"}
	other := arg
	other.args = map[string]string{"BASE": "alpine"}
	stages := steady("FROM a AS one\nRUN 1\nFROM b AS two\nRUN 2\nFROM one\nRUN 3")
	for _, c := range []comparisonCase{
		{"moved, of two stages", []fixture{p}, moved, `
			1 runs: base python one>two
			2 runs after 1
			3 runs after 1
			4 runs after 1
			cause 1: base python one>two -> 1 2 3 4`},
		{"another text", []fixture{p}, p.with("FROM python\n", "FROM alpine\n"), `
			3 runs: text
			4 runs after 3
			cause 3: text -> 3 4`},
		{"another name of the same image", []fixture{arg}, arg.with("$BASE", "busybox"), ""},
		{"a variable", []fixture{arg}, other, `
			1 runs: base alpine modified of-busybox>of-alpine, variable BASE
			2 runs after 1
			cause 1: base alpine modified of-busybox>of-alpine, variable BASE -> 1 2`},
		{"another stage", []fixture{stages}, stages.with("FROM one", "FROM two"), `
			6 runs: base two modified
			cause 6: base two modified -> 6`},
		{"no stage", []fixture{stages}, stages.with("FROM one", "FROM scratch"), `
			6 runs: base scratch modified
			cause 6: base scratch modified -> 6`},
		{"an image in the place of a stage", []fixture{stages}, stages.with("FROM one", "FROM busybox"), `
			5 runs: step added
			6 runs after 5
			cause 5: step added -> 5 6`},
		{"nothing in the place of an image", []fixture{steady("FROM busybox\nCOPY a .")}, steady("FROM scratch\nCOPY a ."), `
			2 runs: base scratch modified
			cause 2: base scratch modified -> 2`},
	} {
		c.run(t)
	}
}

func TestStages(t *testing.T) {
	p := steady("FROM busybox AS build\nCOPY a .\nRUN make\nFROM busybox\nCOPY a /a\nCOPY --from=build /x .\nRUN test")
	edited := steady(p.dockerfile)
	edited.files["a"] = text("b\n")
	mount := steady("FROM busybox AS build\nRUN one\nFROM busybox\nRUN --mount=from=build,target=/b two\nRUN three")
	image := steady("FROM busybox\nCOPY --from=nginx /x .\nRUN one")
	moved := image
	moved.images = map[string]string{"nginx": "new"}
	linked := steady("FROM busybox\nCOPY --link a .\nRUN one")
	based := linked
	based.images = map[string]string{"busybox": "new"}
	for _, c := range []comparisonCase{
		{"a file of two stages", []fixture{p}, edited, `
			2 runs: file a modified +1-1
			3 runs after 2
			5 runs after 2
			6 runs after 2
			7 runs after 2
			cause 2: file a modified +1-1 -> 2 3 5 6 7`},
		{"copied from", []fixture{p}, p.with("RUN make", "RUN make all"), `
			3 runs: text
			6 may-run after 3
			7 may-run after 3
			cause 3: text -> 3 6 7`},
		{"and changed itself", []fixture{p}, p.with("RUN make", "RUN make all").with("RUN test", "RUN check"), `
			3 runs: text
			6 may-run after 3
			7 runs: text after 3
			cause 3: text -> 3 6 7
			cause 7: text -> 7`},
		{"mounted", []fixture{mount}, mount.with("one", "1"), `
			2 runs: text
			4 may-run after 2
			5 may-run after 2
			cause 2: text -> 2 4 5`},
		{"copied from an image", []fixture{image}, moved, `
			2 may-run: base nginx of-nginx>new
			3 may-run after 2
			cause 2: base nginx of-nginx>new -> 2 3`},
		{"copied from another stage", []fixture{p}, p.with("--from=build", "--from=busybox"), `
			6 runs: text
			7 runs after 6
			cause 6: text -> 6 7`},
		{"renamed", []fixture{p}, p.with("AS build", "AS make").with("--from=build", "--from=make"), ""},
		{"renamed and changed", []fixture{p}, p.with("AS build", "AS make").with("--from=build", "--from=make").with("RUN make", "RUN make all"), `
			3 runs: text
			6 may-run after 3
			7 may-run after 3
			cause 3: text -> 3 6 7`},
		{"a stage before the others", []fixture{p.with("RUN make", "RUN make\nFROM busybox\nRUN extra")}, p.with("FROM busybox AS build", "FROM alpine AS new\nRUN new\nFROM busybox AS build").with("RUN make", "RUN make\nFROM busybox\nRUN extra"), `
			1 runs: step added
			2 runs after 1
			cause 1: step added -> 1 2`},
		{"linked: only what comes after it", []fixture{linked}, based, `
			1 runs: base busybox of-busybox>new
			3 runs after 1
			cause 1: base busybox of-busybox>new -> 1 3`},
	} {
		c.run(t)
	}
}

func TestPlatforms(t *testing.T) {
	p := steady("FROM busybox\nCOPY a .\nRUN make")
	both := p
	both.platforms = []string{"linux/amd64", "linux/arm64"}
	edited := steady(p.dockerfile)
	edited.platforms, edited.files = both.platforms, map[string]file{"a": text("b\n")}
	arm := p
	arm.platforms = []string{"linux/arm64"}
	own := steady("FROM busybox\nRUN one\nCOPY bin-$TARGET .\nRUN two")
	for _, c := range []comparisonCase{
		{"one cause for all", []fixture{both}, edited, `
			amd64 2 runs: file a modified +1-1
			amd64 3 runs after 2
			arm64 2 runs: file a modified +1-1
			arm64 3 runs after 2
			cause 2: file a modified +1-1 -> 2 3`},
		{"a new one", []fixture{p}, both, `
			arm64 1 runs: platform linux/arm64 added
			arm64 2 runs after 1
			arm64 3 runs after 1
			cause 1: platform linux/arm64 added -> 1 2 3 on linux/arm64`},
		{"one less", []fixture{both}, arm, ""},
		{"another one", []fixture{p}, arm, `
			1 runs: platform
			2 runs after 1
			3 runs after 1
			cause 1: platform -> 1 2 3`},
	} {
		c.run(t)
	}
	own.platforms = both.platforms
	own.files = map[string]file{"bin-amd64": text("1"), "bin-arm64": text("1")}
	changed := own
	changed.files = map[string]file{"bin-amd64": text("1"), "bin-arm64": text("2")}
	comparisonCase{"of one platform", []fixture{own}, changed, `
		arm64 3 runs: file bin-arm64 modified +1-1
		arm64 4 runs after 3
		cause 3: file bin-arm64 modified +1-1 -> 3 4 on linux/arm64`}.run(t)
}

func TestForced(t *testing.T) {
	p := steady("FROM busybox AS build\nRUN make\nFROM busybox AS last\nCOPY a .\nRUN two")
	all, one := p, p
	all.noCache, one.noCache = "*", "last"
	edited := one.with("RUN make", "RUN make all")
	single := steady("FROM busybox AS build\nRUN make")
	only := single
	only.noCache = "build"
	for _, c := range []comparisonCase{
		{"all", []fixture{p}, all, `
			2 forced: client no-cache
			4 forced after 2
			5 forced after 2
			cause 2: client no-cache -> 2 4 5`},
		{"nothing to compare with", nil, all, `
			1 runs
			2 forced: client no-cache
			3 runs
			4 forced after 2
			5 forced after 2
			cause 2: client no-cache -> 2 4 5`},
		{"a stage", []fixture{p}, one, `
			4 forced: client no-cache-filter
			5 forced after 4
			cause 4: client no-cache-filter -> 4 5`},
		{"the only stage", []fixture{single}, only, `
			2 forced: client no-cache-filter
			cause 2: client no-cache-filter -> 2`},
		{"and an edit of another one", []fixture{p}, edited, `
			2 runs: text
			4 forced: client no-cache-filter
			5 forced after 4
			cause 2: text -> 2
			cause 4: client no-cache-filter -> 4 5`},
	} {
		c.run(t)
	}
}

func TestUnfinished(t *testing.T) {
	p := steady("FROM busybox\nCOPY a .\nRUN make\nRUN test")
	fixed := steady(p.dockerfile)
	fixed.files["a"] = text("b\n")
	for _, c := range []struct {
		name       string
		now        fixture
		unfinished []int
		want       string
	}{
		{"cancelled", p, []int{0, 1, 2, 3}, `
			1 may-run: step unfinished
			2 may-run after 1
			3 may-run after 1
			4 may-run after 1
			cause 1: step unfinished -> 1 2 3 4`},
		{"cancelled, and then a file", fixed, []int{0, 1, 2, 3}, `
			1 may-run: step unfinished
			2 runs: file a modified +1-1 after 1
			3 runs after 1 2
			4 runs after 1 2
			cause 1: step unfinished -> 1 2 3 4
			cause 2: file a modified +1-1 -> 2 3 4`},
		{"the same again", p, []int{2, 3}, `
			3 may-run: step unfinished
			4 may-run after 3
			cause 3: step unfinished -> 3 4`},
		{"mended by a file", fixed, []int{2, 3}, `
			2 runs: file a modified +1-1
			3 runs after 2
			4 runs after 2
			cause 2: file a modified +1-1 -> 2 3 4`},
		{"mended by a text after it", p.with("test", "check"), []int{2, 3}, `
			3 may-run: step unfinished
			4 runs: text after 3
			cause 3: step unfinished -> 3 4
			cause 4: text -> 4`},
	} {
		s := stored{}
		earlier := Build{Time: hour(1), State: p.state(s), Unfinished: c.unfinished}
		r, unchanged := compare(c.now.state(s), []Build{earlier}, s.look)
		if got, want := summary(r), unindent(c.want); got != want || unchanged {
			t.Errorf("%s: unchanged %v\n%swant:\n%s", c.name, unchanged, got, want)
		}
	}
}
