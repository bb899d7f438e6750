package insight

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// lines returns the lines of a build at a time of the day of the builds before
// it.
func linesOf(all bool, now fixture, before ...fixture) []string {
	r, unchanged := explain(now, before...)
	return Lines(r, unchanged, hour(23), all)
}

func TestLines(t *testing.T) {
	p := appWith(nil)
	edited := appWith(map[string]file{"requirements.txt": text("flask\nredis\n")})
	source := appWith(map[string]file{"app.py": text("one\n")})
	multi := steady("FROM busybox AS build\nCOPY a .\nRUN go build .\nFROM busybox\nCOPY --from=build /a .\nRUN test")
	changed := steady(multi.dockerfile)
	changed.files["a"] = text("b\n")
	image := steady("FROM busybox\nCOPY --from=nginx /x .\nRUN one")
	moved := image
	moved.images = map[string]string{"nginx": "new"}
	own := steady("FROM busybox\nCOPY bin-$TARGET .")
	own.files = map[string]file{"bin-amd64": text("1"), "bin-arm64": text("1")}
	own.platforms = []string{"linux/amd64", "linux/arm64"}
	ownChanged := own
	ownChanged.files = map[string]file{"bin-amd64": text("1"), "bin-arm64": text("2")}
	mixed := func(a, b string) fixture {
		p := steady("FROM busybox\nCOPY a .\nRUN make\nCOPY b .")
		p.files = map[string]file{"a": text(a), "b": text(b)}
		return p
	}
	noCache := p
	noCache.noCache = "*"
	for _, c := range []struct {
		name   string
		before []fixture
		now    fixture
		want   []string
	}{
		{"nothing to compare with", nil, p, nil},
		{"unchanged", []fixture{p}, p, []string{"why: no input changed since 00:00 UTC; steps that ran were no longer in the cache"}},
		{"known from two builds", []fixture{p, edited.with("FROM python", "FROM python AS base")}, edited, []string{"why: no input changed since 01:00 UTC; steps that ran were no longer in the cache"}},
		{"three steps", []fixture{p}, edited, []string{
			"why: requirements.txt changed (+1 line): line 3 COPY, so line 4 RUN pip install and line 5 COPY ran again",
		}},
		{"one step", []fixture{p}, source, []string{"why: app.py changed (-2 lines): line 5 COPY ran again"}},
		{"two causes", []fixture{p}, edited.with("FROM python", "FROM node"), []string{
			"why: the instruction changed: line 1 FROM, so line 2 WORKDIR, line 3 COPY, line 4 RUN pip install and 1 more step ran again",
			"why: requirements.txt changed (+1 line): line 3 COPY, so line 4 RUN pip install and line 5 COPY ran again",
		}},
		{"a new step at the end", []fixture{p}, p.with("COPY . .", "COPY . .\nRUN make"), []string{"why: a new step: line 6 RUN make ran"}},
		{"a new step", []fixture{p}, p.with("COPY . .", "RUN make\nCOPY . ."), []string{"why: a new step: line 5 RUN make, so line 6 COPY ran again"}},
		{"perhaps", []fixture{multi}, changed, []string{
			"why: a changed (+1 -1 lines): line 2 COPY, so line 3 RUN go build ran again, and perhaps line 5 COPY and line 6 RUN test",
		}},
		{"in a stage of another name", []fixture{multi}, changed.with("AS build", "AS build2").with("from=build", "from=build2"), []string{
			"why: a changed (+1 -1 lines): line 2 COPY, so line 3 RUN go build ran again, and perhaps line 5 COPY and line 6 RUN test",
		}},
		{"known from two builds, in another order", []fixture{mixed("1", "1").with("RUN make", "RUN make\nRUN more\nRUN most"), mixed("2", "2")}, mixed("1", "2"), []string{
			"why: a changed (+1 -1 lines) in line 2 COPY, so line 4 COPY ran again",
		}},
		{"only perhaps", []fixture{image}, moved, []string{"why: nginx moved (of-nginx to new): perhaps line 2 COPY and line 3 RUN one ran again"}},
		{"of one platform", []fixture{own}, ownChanged, []string{"why: bin-arm64 changed (+1 -1 lines): line 2 COPY ran again on linux/arm64"}},
		{"a platform", []fixture{own.only("linux/amd64")}, own, []string{"why: the platform linux/arm64 is new: line 1 FROM, so line 2 COPY ran"}},
		{"without the cache", []fixture{p}, noCache, []string{"why: --no-cache: line 2 WORKDIR, so line 3 COPY, line 4 RUN pip install and line 5 COPY ran again"}},
	} {
		if got := linesOf(false, c.now, c.before...); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func (p fixture) only(platform string) fixture {
	p.platforms = []string{platform}
	return p
}

func TestLinesOfManyCauses(t *testing.T) {
	before := steady("FROM busybox")
	now := before
	for i := range 8 {
		before.dockerfile += fmt.Sprintf("\nRUN a%d", i)
		now.dockerfile += fmt.Sprintf("\nRUN b%d", i)
	}
	got := linesOf(false, now, before)
	if len(got) != 6 || got[5] != "and 3 more causes: docker buildx build --call=cache" || !strings.HasPrefix(got[4], "why: the instruction changed: line 6 RUN b4, so") {
		t.Errorf("%q", got)
	}
	if got := linesOf(true, now, before); len(got) != 8 || !strings.HasPrefix(got[7], "why: the instruction changed: line 9 RUN b7 ran again") {
		t.Errorf("%q", got)
	}
}

// A line is not longer than its width, with any names.
func TestLongLines(t *testing.T) {
	p := steady("FROM busybox\nCOPY . .\nRUN " + strings.Repeat("x", 100) + " " + strings.Repeat("y", 100))
	changed := steady(p.dockerfile)
	for i := range 20 {
		changed.files[fmt.Sprintf("%s/%d", strings.Repeat("d", 60), i)] = text("new\n")
	}
	got := linesOf(false, changed, p)
	if len(got) != 1 || len(got[0]) > maxWidth || !strings.Contains(got[0], "19 more files are new: line 2 COPY, so line 3 RUN") {
		t.Errorf("%q", got)
	}
}

func TestSince(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{hour(23), "14:00 UTC"},
		{hour(24), "2026-11-28 14:00 UTC"},
		{hour(22).In(zone), "15:00 CET"},
		{hour(23).In(zone), "2026-11-28 15:00 CET"},
	} {
		if got := since(hour(14), c.now); got != c.want {
			t.Errorf("%v: %s, want %s", c.now, got, c.want)
		}
	}
}
