package insight

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	p := appWith(nil)
	edited := appWith(map[string]file{
		"requirements.txt": text("flask\nredis\n"), "app.py": text("one\n2\nII\nthree\n"), "util.py": text(""),
	})
	stages := steady("FROM busybox AS build\nCOPY a .\nRUN go build .\nFROM busybox\nCOPY --from=build /a .\nRUN test")
	changed := steady(stages.dockerfile)
	changed.files["a"] = text("b\n")
	own := steady("FROM busybox\nCOPY bin-$TARGET .\nRUN two")
	own.platforms = []string{"linux/amd64", "linux/arm64"}
	own.files = map[string]file{"bin-amd64": text("1"), "bin-arm64": text("1")}
	ownChanged := own
	ownChanged.files = map[string]file{"bin-amd64": text("1"), "bin-arm64": text("2")}
	mixed := func(a, b string) fixture {
		p := steady("FROM busybox\nCOPY a .\nRUN make\nCOPY b .")
		p.files = map[string]file{"a": text(a), "b": text(b)}
		return p
	}
	for _, c := range []struct {
		name   string
		before []fixture
		now    fixture
		file   string
		want   string
	}{
		{"two causes", []fixture{p}, edited, "Dockerfile", `
Compared with the build of 2026-11-28 00:00 UTC on this builder

  Dockerfile:1  FROM python                      cached
  Dockerfile:2  WORKDIR /app                     cached
  Dockerfile:3  COPY requirements.txt .          runs      requirements.txt changed: +1 line
  Dockerfile:4  RUN pip install -r require...    runs      follows line 3
  Dockerfile:5  COPY . .                         runs      follows line 3; app.py changed: +2 -1 lines; new: util.py
2 causes, 3 of 5 steps run.
`},
		{"unchanged", []fixture{p}, p, "Dockerfile", `
Compared with the build of 2026-11-28 00:00 UTC on this builder

  Dockerfile:1  FROM python                      cached
  Dockerfile:2  WORKDIR /app                     cached
  Dockerfile:3  COPY requirements.txt .          cached
  Dockerfile:4  RUN pip install -r require...    cached
  Dockerfile:5  COPY . .                         cached
Nothing runs: all 5 steps are cached.
`},
		{"no earlier build", nil, steady("FROM busybox"), "app.Dockerfile", `
This builder remembers no earlier build of this project

  app.Dockerfile:1  FROM busybox    runs
1 of 1 step runs.
`},
		{"nothing at all", nil, steady("FROM scratch"), "Dockerfile", `
This builder remembers no earlier build of this project

0 of 0 steps run.
`},
		{"may run", []fixture{stages}, changed, "Dockerfile", `
Compared with the build of 2026-11-28 00:00 UTC on this builder

  Dockerfile:1  FROM busybox AS build     cached
  Dockerfile:2  COPY a .                  runs      a changed: +1 -1 lines
  Dockerfile:3  RUN go build .            runs      follows line 2
  Dockerfile:4  FROM busybox              cached
  Dockerfile:5  COPY --from=build /a .    may-run   follows line 2
  Dockerfile:6  RUN test                  may-run   follows line 2
1 cause, 2 of 6 steps run, 2 more may run.
`},
		{"known from two builds", []fixture{mixed("1", "1").with("RUN make", "RUN make\nRUN more\nRUN most"), mixed("2", "2")}, mixed("1", "2"), "Dockerfile", `
Compared with the build of 2026-11-28 01:00 UTC on this builder

  Dockerfile:1  FROM busybox    cached
  Dockerfile:2  COPY a .        cached    a changed: +1 -1 lines (as in another build)
  Dockerfile:3  RUN make        cached
  Dockerfile:4  COPY b .        runs      follows line 2
1 cause, 1 of 4 steps runs.
`},
		{"platforms", []fixture{own}, ownChanged, "Dockerfile", `
Compared with the build of 2026-11-28 00:00 UTC on this builder

  Dockerfile:1  FROM busybox          cached
  Dockerfile:2  COPY bin-$TARGET .    cached    on linux/amd64
  Dockerfile:2  COPY bin-$TARGET .    runs      on linux/arm64: bin-arm64 changed: +1 -1 lines
  Dockerfile:3  RUN two               cached    on linux/amd64
  Dockerfile:3  RUN two               runs      on linux/arm64: follows line 2
1 cause, 2 of 3 steps run.
`},
	} {
		r, _ := explain(c.now, c.before...)
		if got := Table(r, c.file); got != strings.TrimPrefix(c.want, "\n") {
			t.Errorf("%s:\n%s\nwant:%s", c.name, got, c.want)
		}
	}
}

func TestOddRows(t *testing.T) {
	r := Report{Steps: []Step{
		{Line: 10, Text: "RUN a \\\n  && b\x1b[31m", State: Forced, Follows: []int{1, 2, 3, 4, 5}, Reasons: []Reason{{Kind: KindText}}},
		{Line: 2, Text: "RUN " + strings.Repeat("ü", 40), State: Runs},
	}, Omitted: &Omitted{Steps: 3, Causes: 2}}
	want := `This builder remembers no earlier build of this project

  "D\x1b":2   RUN üüüüüüüüüüüüüüüüüüüüüü...    runs
  "D\x1b":10  RUN a && b�[31m                  forced    follows lines 1, 2, 3 and 2 more; the instruction changed
  and 3 more steps
2 causes, 2 of 2 steps run.
`
	if got := Table(r, "D\x1b"); got != want {
		t.Errorf("\n%s\nwant:\n%s", got, want)
	}
}
