package insight

import (
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	file := func(change Change, path string) Reason { return Reason{Kind: KindFile, Path: path, Change: change} }
	lines := func(path string, added, removed int) Reason {
		return Reason{Kind: KindFile, Path: path, Change: Modified, Lines: true, LinesAdded: added, LinesRemoved: removed}
	}
	of := func(kind Kind, name string) Reason { return Reason{Kind: kind, Name: name} }
	digest := func(c string) string { return "sha256:" + strings.Repeat(c, 64) }
	for _, c := range []struct {
		reasons          []Reason
		sentence, column string // empty if it is the same
	}{
		{[]Reason{lines("a.py", 1, 0)}, "a.py changed (+1 line)", "a.py changed: +1 line"},
		{[]Reason{lines("a.py", 0, 1)}, "a.py changed (-1 line)", "a.py changed: -1 line"},
		{[]Reason{lines("a.py", 2, 1)}, "a.py changed (+2 -1 lines)", "a.py changed: +2 -1 lines"},
		{[]Reason{lines("a.py", 0, 0)}, "a.py changed", ""}, // only the end of a line
		{[]Reason{file(Modified, "a.bin")}, "a.bin changed", ""},
		{[]Reason{lines("a", 2, 0), file(Modified, "b"), lines("c", 0, 3)}, "a, b and c changed (+2 -3 lines)", "a, b and c changed: +2 -3 lines"},
		{[]Reason{file(Modified, "a"), file(Modified, "b"), file(Modified, "c"), file(Modified, "d")}, "a, b, c and 1 more file changed", ""},
		{[]Reason{file(Modified, "a"), file(Modified, "b"), file(Modified, "c"), file(Modified, "d"), file(Modified, "e")}, "a, b, c and 2 more files changed", ""},
		{[]Reason{file(Added, "a")}, "a is new", "new: a"},
		{[]Reason{file(Added, "a"), file(Added, "b")}, "a and b are new", "new: a and b"},
		{[]Reason{file(Removed, "a")}, "a was removed", "removed: a"},
		{[]Reason{file(Removed, "a"), file(Removed, "b")}, "a and b were removed", "removed: a and b"},
		{[]Reason{file(Mode, "a")}, "a has other permissions", ""},
		{[]Reason{file(Mode, "a"), file(Mode, "b")}, "a and b have other permissions", ""},
		{[]Reason{file(Type, "a")}, "a is of another type", ""},
		{[]Reason{file(Type, "a"), file(Type, "b")}, "a and b are of another type", ""},
		{[]Reason{file(Link, "a")}, "a points elsewhere", ""},
		{[]Reason{file(Link, "a"), file(Link, "b")}, "a and b point elsewhere", ""},
		{[]Reason{lines("app.py", 2, 1), file(Added, "util.py")}, "app.py changed (+2 -1 lines); util.py is new", "app.py changed: +2 -1 lines; new: util.py"},
		{[]Reason{of(KindFile, "")}, "the build context changed", ""},
		{[]Reason{of(KindContext, "docs")}, "the context docs changed", ""},
		{[]Reason{{Kind: KindContext, Name: "docs", Path: "a", Change: Added}}, "a of the context docs is new", "new: a of the context docs"},
		{[]Reason{{Kind: KindContext, Name: "docs", Change: Added}}, "the context docs replaces a stage or an image", ""},
		{[]Reason{{Kind: KindContext, Name: "docs", Change: Removed}}, "the context docs no longer replaces a stage or an image", ""},
		{[]Reason{of(KindSource, "https://example.com/a.tar")}, "https://example.com/a.tar changed", ""},
		{[]Reason{of(KindText, "")}, "the instruction changed", ""},
		{[]Reason{of(KindText, "USER")}, "USER changed", ""},
		{[]Reason{of(KindText, "SHELL")}, "SHELL changed", ""},
		{[]Reason{of(KindText, "WORKDIR")}, "WORKDIR changed", ""},
		{[]Reason{of(KindVariable, "A")}, "$A changed", ""},
		{[]Reason{of(KindVariable, "A"), of(KindVariable, "B"), of(KindVariable, "C"), of(KindVariable, "D")}, "$A, $B, $C and 1 more variable changed", ""},
		{[]Reason{{Kind: KindVariable, Change: Moved}}, "the order of the variables changed", ""},
		{[]Reason{{Kind: KindBase, Name: "docker.io/library/python:3.11-slim", Old: digest("a"), New: digest("b")}}, "python:3.11-slim moved (aaaaaaaaaaaa to bbbbbbbbbbbb)", ""},
		{[]Reason{{Kind: KindBase, Name: "docker.io/library/python:3.11-slim", Old: digest("a"), New: digest("b"), Locked: true}}, "python:3.11-slim moved (lock updated: aaaaaaaaaaaa to bbbbbbbbbbbb)", ""},
		{[]Reason{{Kind: KindBase, Name: "docker.io/library/busybox:latest", Change: Modified}}, "the base is now busybox", ""},
		{[]Reason{{Kind: KindBase, Name: "builder", Change: Modified}}, "the base is now builder", ""},
		{[]Reason{of(KindMount, "/root/.cache")}, "the mount /root/.cache changed", ""},
		{[]Reason{of(KindMount, "/a"), of(KindMount, "env TOKEN")}, "the mounts /a and $TOKEN changed", ""},
		{[]Reason{of(KindPlatform, "")}, "the platform changed", ""},
		{[]Reason{{Kind: KindPlatform, Name: "linux/arm64", Change: Added}}, "the platform linux/arm64 is new", ""},
		{[]Reason{of(KindFreshness, "ttl")}, "--cache-ttl has expired", ""},
		{[]Reason{of(KindFreshness, "key")}, "--cache-key changed", ""},
		{[]Reason{of(KindFreshness, "no-cache")}, "--no-cache runs the step in every build", ""},
		{[]Reason{of(KindClient, "no-cache")}, "--no-cache", ""},
		{[]Reason{of(KindClient, "no-cache-filter")}, "--no-cache-filter", ""},
		{[]Reason{of(KindClient, "add-host")}, "--add-host changed", ""},
		{[]Reason{{Kind: KindStep, Change: Added}}, "a new step", ""},
		{[]Reason{{Kind: KindStep, Change: Removed}}, "a step before it was removed", ""},
		{[]Reason{{Kind: KindStep, Change: Moved}}, "steps are in another order", ""},
		{[]Reason{{Kind: KindStep, Change: Unfinished}}, "not finished in an earlier build", ""},
	} {
		if c.column == "" {
			c.column = c.sentence
		}
		if got := describe(c.reasons, sentence, maxNames); got != c.sentence {
			t.Errorf("%+v: %q, want %q", c.reasons, got, c.sentence)
		}
		if got := describe(c.reasons, column, maxNames); got != c.column {
			t.Errorf("%+v: %q, want %q", c.reasons, got, c.column)
		}
	}
}

func TestShown(t *testing.T) {
	long := strings.Repeat("d/", 40) + "file.txt"
	for name, want := range map[string]string{
		"a.txt":       "a.txt",
		"ä b.txt":     "ä b.txt",
		"a\x1b[31m":   `"a\x1b[31m"`,
		"a\nb":        `"a\nb"`,
		"a\u202eb":    `"a\u202eb"`,
		"a\xff":       `"a\xff"`,
		long:          "..." + long[len(long)-45:],
		"with\"quote": `"with\"quote"`,
	} {
		if got := shown(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestStepName(t *testing.T) {
	for text, want := range map[string]string{
		"COPY requirements.txt .":             "COPY",
		"copy a b":                            "COPY",
		"WORKDIR /app":                        "WORKDIR",
		"FROM python AS x":                    "FROM",
		"ONBUILD COPY a b":                    "ONBUILD COPY",
		"ONBUILD RUN make all":                "ONBUILD RUN make all",
		"RUN pip install -r requirements.txt": "RUN pip install",
		"RUN --mount=type=cache,target=/x --network=none npm ci":         "RUN npm ci",
		"RUN set -ex; cd /src && make":                                   "RUN make",
		"RUN set -ex":                                                    "RUN set",
		"RUN DEBIAN_FRONTEND=noninteractive apt-get update && apt-get x": "RUN apt-get update",
		"RUN apt-get -y install x":                                       "RUN apt-get",
		`RUN ["pip", "install", "x"]`:                                    "RUN pip install",
		"RUN []":                                                         "RUN",
		"RUN npm run build":                                              "RUN npm run build",
		"RUN python -m build .":                                          "RUN python -m build",
		"RUN <<EOF":                                                      "RUN <<EOF",
		"RUN A=1":                                                        "RUN A=1",
		"RUN sudo make":                                                  "RUN make",
		"RUN":                                                            "RUN",
		"":                                                               "",
		"RUN && ;":                                                       "RUN",
	} {
		if got := stepName(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// The lines of a build and the table of --call=cache both say that a lock was updated.
func TestLockUpdated(t *testing.T) {
	moved := func() []Reason {
		return []Reason{{Kind: KindBase, Name: "a", Old: "sha256:" + strings.Repeat("a", 64), New: "sha256:" + strings.Repeat("b", 64)}}
	}
	r := Report{
		ComparedWith: &Earlier{Time: hour(1)},
		Steps:        []Step{{Line: 1, Text: "FROM a", State: Runs, Reasons: moved()}},
		Causes:       []Cause{{Line: 1, Reasons: moved(), Steps: []int{1}}},
	}
	r.markLocked(func(image string) bool { return image == "a" })
	for _, text := range []string{Table(r, "Dockerfile"), Lines(r, false, hour(2), false)[0]} {
		if !strings.Contains(text, "lock updated") {
			t.Errorf("no word of the lock in %q", text)
		}
	}
}
