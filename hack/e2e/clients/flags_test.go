package clients

import (
	"maps"
	"slices"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// flagCase is a flag with its effect on the result, a folder of few files.
type flagCase struct {
	name, dockerfile string
	files            scenario.Files
	flags            flags
	env              []string
	want             scenario.Files
}

// flagCases are the flags with a visible effect on the result.
func flagCases(t *testing.T) []flagCase {
	socket, comment := startAgent(t)
	ref := scenario.Env().Registry() + "/clients/named:1"
	scenario.Push(t, ref, scenario.Files{"file": "pushed\n"})
	const copyExtra = "FROM busybox AS extra\nRUN echo busybox > /file\nFROM scratch\nCOPY --from=extra file /\n"
	const readSecret = "FROM busybox AS work\nARG CASE\nRUN --mount=type=secret,id=token,required,env=TOKEN --mount=type=secret,id=token cat /run/secrets/token > /out; echo $TOKEN > /env\n" +
		"FROM scratch\nCOPY --from=work /out /env /\n"
	return []flagCase{
		{
			name: "target", dockerfile: "FROM scratch AS one\nCOPY one /\nFROM scratch\nCOPY two /\n", files: scenario.Files{"one": "1", "two": "2"},
			flags: flags{[]string{"--target", "one"}, []string{"--opt", "target=one"}}, want: scenario.Files{"one": "1"},
		},
		{
			name: "build-arg", dockerfile: "ARG WHICH=one\nFROM scratch\nARG WHICH\nCOPY $WHICH /\n", files: scenario.Files{"one": "1", "two": "2"},
			flags: arg("WHICH", "two"), want: scenario.Files{"two": "2"},
		},
		{
			name: "build-context of a folder", dockerfile: copyExtra, files: scenario.Files{"more/file": "folder"},
			flags: flags{[]string{"--build-context", "extra=more"}, []string{"--opt", "context:extra=local:extra", "--local", "extra=more"}},
			want:  scenario.Files{"file": "folder"},
		},
		{
			name: "build-context of an image", dockerfile: copyExtra,
			flags: flags{[]string{"--build-context", "extra=docker-image://" + ref}, []string{"--opt", "context:extra=docker-image://" + ref}},
			want:  scenario.Files{"file": "pushed"},
		},
		{
			name: "secret of a file", dockerfile: readSecret, files: scenario.Files{"hidden": "s3cret"},
			flags: both("--secret", "id=token,src=hidden"), want: scenario.Files{"out": "s3cret", "env": "s3cret"},
		},
		{
			name: "secret of the environment", dockerfile: readSecret, env: []string{"HIDDEN=from env"},
			flags: both("--secret", "id=token,env=HIDDEN"), want: scenario.Files{"out": "from env", "env": "from env"},
		},
		{
			name:       "ssh",
			dockerfile: "FROM python:3.11-slim AS work\nARG CASE\nRUN --mount=type=ssh,required --mount=target=/src python3 /src/keys.py > /out\nFROM scratch\nCOPY --from=work /out /\n",
			files:      scenario.Files{"keys.py": listKeys}, flags: both("--ssh", "default="+socket), want: scenario.Files{"out": comment},
		},
	}
}

// TestFlags checks the effect of each flag on the result. A step's input from the
// client must be read in every build.
func TestFlags(t *testing.T) {
	for _, c := range flagCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, w := range ways() {
				t.Run(w.name, func(t *testing.T) {
					p := scenario.New(t, c.files)
					p.Write("Dockerfile", c.dockerfile)
					cmd := w.build(t, p, c.flags.and(arg("CASE", scenario.Unique())))
					cmd.env = c.env
					if got := cmd.folder(t); !maps.Equal(got, c.want) {
						t.Errorf("the result is %q, not %q", got, c.want)
					}
				})
			}
		})
	}
}

// TestMissing omits inputs that a step requires from the client.
func TestMissing(t *testing.T) {
	for kind, c := range map[string]struct {
		mount   string
		reasons []string // of the clients: they say it in different words
	}{
		"secret": {mount: "type=secret,id=token,required", reasons: []string{"secret token: not found"}},
		"ssh":    {mount: "type=ssh,required", reasons: []string{"unset ssh forward key default", `no SSH key "" forwarded from the client`}},
	} {
		for _, w := range ways() {
			t.Run(kind+", "+w.name, func(t *testing.T) {
				t.Parallel()
				p := scenario.New(t, scenario.Files{"Dockerfile": "FROM busybox\nARG CASE\nRUN --mount=" + c.mount + " true\n"})
				s := w.build(t, p, arg("CASE", scenario.Unique())).run(t)
				s.fails(t, ">>> RUN --mount="+c.mount)
				if !slices.Contains(c.reasons, s.reason()) {
					t.Errorf("the reason is %q, not one of %q:\n%s", s.reason(), c.reasons, s.err)
				}
			})
		}
	}
}

// random has two stages, each with a file that differs in each run.
const random = `FROM busybox AS one
ARG CASE
RUN cat /proc/sys/kernel/random/uuid > /one
FROM busybox AS two
ARG CASE
RUN cat /proc/sys/kernel/random/uuid > /two
FROM scratch
COPY --from=one /one /
COPY --from=two /two /
`

// TestNoCache builds in turns: each client and frontend uses the results of the one
// before, unless a flag prevents it.
func TestNoCache(t *testing.T) {
	p := scenario.New(t, scenario.Files{"Dockerfile": random})
	unique := arg("CASE", scenario.Unique())
	last := scenario.Files{}
	for _, w := range ways() {
		for _, c := range []struct {
			name  string
			flags flags
			one   bool // whether the stage runs
			two   bool
		}{
			{name: "plain", one: len(last) == 0, two: len(last) == 0},
			{name: "no-cache", flags: both("--no-cache"), one: true, two: true},
			{name: "no-cache-filter", flags: flags{[]string{"--no-cache-filter", "two"}, []string{"--opt", "no-cache=two"}}, two: true},
			{name: "plain again"},
		} {
			got := w.build(t, p, unique.and(c.flags)).folder(t)
			if len(got) != 2 || got["one"] != last["one"] != c.one || got["two"] != last["two"] != c.two {
				t.Errorf("%s, %s: the stages gave %q after %q", w.name, c.name, got, last)
			}
			last = got
		}
	}
}

// TestPull moves the tag of a base image: a remote BuildKit looks it up in every
// build, with or without the flag.
func TestPull(t *testing.T) {
	ref := scenario.Env().Registry() + "/clients/moving:" + scenario.Unique()
	p := scenario.New(t, scenario.Files{"Dockerfile": "FROM " + ref + " AS base\nFROM scratch\nCOPY --from=base /file /\n"})
	for _, content := range []string{"old", "new"} {
		scenario.Push(t, ref, scenario.Files{"file": content})
		for _, w := range ways() {
			for name, f := range map[string]flags{"pull": {[]string{"--pull"}, []string{"--opt", "image-resolve-mode=pull"}}, "plain": {}} {
				if got := w.build(t, p, f).folder(t); got["file"] != content {
					t.Errorf("%s, %s: the result is %q, not %s", w.name, name, got, content)
				}
			}
		}
	}
}
