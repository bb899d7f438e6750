package insight

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerui"

	"github.com/stratabuild/strata/frontend/request"
	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/llbconv"
)

// A build is a Dockerfile with the options of a client and the files of the
// main context.
type build struct {
	dockerfile string
	options    difftest.Options
	files      map[string]string
	id         string // builds without an id have the same one
	hour       int    // after the first build
}

// state converts the Dockerfile, and gathers the inputs of its steps.
func (b build) state(t *testing.T) State {
	t.Helper()
	return b.collection(t).state
}

func (b build) collection(t *testing.T) (steps Collection) {
	t.Helper()
	c := difftest.Case{Name: t.Name(), Dockerfile: []byte(b.dockerfile), Options: b.options}
	ui, err := dockerui.NewClient(difftest.NewGateway(c))
	if err != nil {
		t.Fatal(err)
	}
	src, err := ui.ReadEntrypoint(t.Context(), "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	file, diags := llbconv.Parse(src.Data, nil)
	if file == nil {
		t.Fatal(diags.Err())
	}
	for _, p := range c.Platforms() {
		opt := request.Options(ui, src.SourceMap, p, llbconv.CachePolicy{NoCache: ui.IsNoCache, Now: hour(1 + b.hour), BuildID: "build" + b.id})
		res, diags := llbconv.Convert(t.Context(), file, request.Sources(t.Context(), ui, nil), opt)
		if err := diags.Err(); err != nil {
			t.Fatal(err)
		}
		list, err := res.Steps(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		name := "linux/amd64"
		if p != nil {
			name = platforms.FormatAll(*p)
		}
		steps.Add(name, list)
	}
	return steps
}

// answers compares successive builds, with a memory of their own.
func answers(t *testing.T, project string, builds ...build) (last Answer) {
	t.Helper()
	m := emptyMemory(t)
	for i, b := range builds {
		last = m.ask(t, Request{ID: "1", Now: hour(i)}, project, b)
	}
	return last
}

// ask answers a request about a build.
func (m memory) ask(t *testing.T, req Request, project string, b build) Answer {
	t.Helper()
	contexts := t.TempDir()
	for name, text := range b.files {
		name = filepath.Join(contexts, "0", name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	req.State = b.state(t)
	req.State.Project = project
	answer, err := m.answer(t.Context(), req, contexts, "")
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// compare compares two builds of a project.
func (b build) compare(t *testing.T, before build) Report {
	t.Helper()
	return answers(t, "project", before, b).Report
}

func TestConversions(t *testing.T) {
	p := build{
		dockerfile: `ARG BASE=busybox
FROM $BASE
ARG V
ENV E=1
USER 1000
WORKDIR /app
COPY a.txt .
COPY --link b.txt c.txt /
RUN make
COPY . .
RUN --mount=type=cache,target=/c test
`,
		files: map[string]string{"a.txt": "a\n", "b.txt": "a\n", "c.txt": "c\n", "dir/d.txt": "a\n"},
	}
	with := func(old, replacement string) build {
		b := p
		b.dockerfile = strings.Replace(p.dockerfile, old, replacement, 1)
		return b
	}
	file := func(name, text string) build {
		b := p
		b.files = maps.Clone(p.files)
		b.files[name] = text
		return b
	}
	arg := func(name, value string) build {
		b := p
		b.options.BuildArgs = map[string]string{name: value}
		return b
	}
	for _, c := range []struct {
		name string
		now  build
		want string
	}{
		{"nothing", p, ""},
		{"a file of two steps", file("a.txt", "b\n"), `
			7 runs: file a.txt modified +1-1
			9 runs after 7
			10 runs after 7
			11 runs after 7
			cause 7: file a.txt modified +1-1 -> 7 9 10 11`},
		{"a file of a linked step that is the same as another one", file("b.txt", "b\n"), `
			8 runs: file b.txt modified +1-1
			9 runs after 8
			10 runs after 8
			11 runs after 8
			cause 8: file b.txt modified +1-1 -> 8 9 10 11`},
		{"a build arg", arg("V", "1"), `
			9 runs: variable V
			10 runs after 9
			11 runs after 9
			cause 9: variable V -> 9 10 11`},
		{"the arg of FROM", arg("BASE", "alpine"), `
			2 runs: base docker.io/library/alpine:latest modified DIGESTS, variable BASE
			6 runs after 2
			7 runs after 2
			9 runs after 2
			10 runs after 2
			11 runs after 2
			cause 2: base docker.io/library/alpine:latest modified DIGESTS, variable BASE -> 2 6 7 9 10 11`},
		{"the time of the source", arg("SOURCE_DATE_EPOCH", "1700000000"), `
			6 runs: variable SOURCE_DATE_EPOCH
			7 runs after 6
			9 runs after 6
			10 runs after 6
			11 runs after 6
			cause 6: variable SOURCE_DATE_EPOCH -> 6 7 9 10 11`},
		{"the user", with("USER 1000", "USER 1001"), `
			6 runs: text USER
			7 runs after 6
			9 runs after 6
			10 runs after 6
			11 runs after 6
			cause 6: text USER -> 6 7 9 10 11`},
		{"the directory", with("/app", "/src"), `
			6 runs: text
			7 runs after 6
			9 runs after 6
			10 runs after 6
			11 runs after 6
			cause 6: text -> 6 7 9 10 11`},
		{"a copy that is no longer linked", with("--link b.txt", "b.txt"), `
			8 runs: text
			9 runs after 8
			10 runs after 8
			11 runs after 8
			cause 8: text -> 8 9 10 11`},
		{"a copy that is linked now", with("COPY a.txt", "COPY --link a.txt"), `
			7 runs: text
			9 runs after 7
			10 runs after 7
			11 runs after 7
			cause 7: text -> 7 9 10 11`},
		{"a mount", with("target=/c", "target=/d"), `
			11 runs: mount /c, mount /d
			cause 11: mount /c, mount /d -> 11`},
		{"a comment", with("RUN make", "# Makes it.\nRUN make"), ""},
	} {
		got := summary(c.now.compare(t, p))
		if want := unindent(c.want); digests.ReplaceAllString(got, "DIGESTS") != want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, want)
		}
	}
}

// The variables of an image change when the image does.
func TestVariablesOfImages(t *testing.T) {
	before := build{dockerfile: "FROM golang:1.26\nENV A=1\nRUN one\nFROM node\nRUN two\n\nCOPY --from=0 / /\n"}
	for _, c := range []struct{ name, old, replacement, want string }{
		{"of one stage", "golang:1.26", "python", `
			1 runs: text
			3 runs after 1
			7 may-run after 1
			cause 1: text -> 1 3 7`},
		{"and a variable", "golang:1.26\nENV A=1", "python\nENV A=2", `
			1 runs: text
			3 runs: variable A after 1
			7 may-run after 1 3
			cause 1: text -> 1 3 7
			cause 3: variable A -> 3 7`},
		{"and a variable that is gone", "golang:1.26\nENV A=1", "python\nENV GOPATH=/go", `
			1 runs: text
			3 runs: variable A after 1
			7 may-run after 1 3
			cause 1: text -> 1 3 7
			cause 3: variable A -> 3 7`},
	} {
		now := build{dockerfile: strings.Replace(before.dockerfile, c.old, c.replacement, 1)}
		if got, want := summary(now.compare(t, before)), unindent(c.want); got != want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, want)
		}
	}
}

// A setting of the base image, or an earlier instruction, changes a step whose text is
// the same. Its here-documents are part of its text.
func TestSettings(t *testing.T) {
	const script = "RUN <<EOF\none\nEOF\nRUN cat <<<1\nRUN make\n"
	const files = "WORKDIR /a\nCOPY <<EOF ./x\nhello\nEOF\n"
	for _, c := range []struct{ name, before, now, want string }{
		{"the user of an image", "FROM busybox\nRUN make\n", "FROM test/user-workdir\nRUN make\n", `
			1 runs: text
			2 runs after 1
			cause 1: text -> 1 2`},
		{"the shell of an image", "FROM busybox\nRUN make\n", "FROM test/shell\nRUN make\n", `
			1 runs: text
			2 runs after 1
			cause 1: text -> 1 2`},
		{"USER", "FROM test/user-workdir\nUSER a\nRUN make\n", "FROM test/user-workdir\nUSER b\nRUN make\n", `
			3 runs: text USER
			cause 3: text USER -> 3`},
		{"SHELL", "FROM busybox\nSHELL [\"sh\", \"-c\"]\n" + script, "FROM busybox\nSHELL [\"bash\", \"-c\"]\n" + script, `
			3 runs: text SHELL
			6 runs after 3
			7 runs after 3
			cause 3: text SHELL -> 3 6 7`},
		{"a here-document of RUN", "FROM busybox\n" + script, "FROM busybox\n" + strings.Replace(script, "one", "two", 1), `
			2 runs: text
			5 runs after 2
			6 runs after 2
			cause 2: text -> 2 5 6`},
		{"a script", "FROM busybox\nRUN <<EOF\n#!/bin/sh\none\nEOF\n", "FROM busybox\nRUN <<EOF\n#!/bin/sh\ntwo\nEOF\n", `
			2 runs: text
			cause 2: text -> 2`},
		{"a here-document of COPY", "FROM busybox\n" + files, "FROM busybox\n" + strings.Replace(files, "hello", "bye", 1), `
			3 runs: text
			cause 3: text -> 3`},
		{"WORKDIR before a here-document", "FROM busybox\n" + files, "FROM busybox\n" + strings.Replace(files, "/a", "/b", 1), `
			2 runs: text
			3 runs after 2
			cause 2: text -> 2 3`},
	} {
		got := summary(build{dockerfile: c.now}.compare(t, build{dockerfile: c.before}))
		if want := unindent(c.want); got != want {
			t.Errorf("%s:\n%swant:\n%s", c.name, got, want)
		}
	}
}

// The triggers of an image have the line of FROM. A cause names the one that ran.
func TestLineOfTrigger(t *testing.T) {
	before := build{dockerfile: "FROM test/onbuild\nRUN make\n", files: map[string]string{"package.json": "{}\n"}}
	now := build{dockerfile: before.dockerfile, files: map[string]string{"package.json": "{ }\n"}}
	want := []string{"why: package.json changed (+1 -1 lines): line 1 ONBUILD COPY, so line 2 RUN make ran again"}
	if got := Lines(now.compare(t, before), false, hour(1), false); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

var digests = regexp.MustCompile(`[0-9a-f]{12}>[0-9a-f]{12}`)
