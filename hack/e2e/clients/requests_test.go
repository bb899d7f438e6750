package clients

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// described has everything that requests report. The reference lists the secrets of
// one line in random order.
const described = `# app is the default
ARG BASE=busybox

# base is what all have in common
FROM ${BASE} AS base
# VERSION is what is built
ARG VERSION=1
ARG EMPTY
RUN --mount=type=secret,id=token --mount=type=ssh,id=deploy --mount=type=cache,id=work,target=/work true
RUN --mount=type=secret,id=key,required true

# tools are for developers
FROM base AS tools
ARG LEVEL=${VERSION}
RUN true

FROM base AS app
COPY --from=tools /bin/true /true
LABEL version=$VERSION
`

// documents are Dockerfiles with further arguments of a request.
var documents = []struct {
	name, dockerfile string
	args             []string
}{
	{name: "described", dockerfile: described},
	{name: "target", dockerfile: described, args: []string{"--target", "tools", "--build-arg", "VERSION=2"}},
	{name: "warnings", dockerfile: "from busybox as Base\nMAINTAINER me\nENV a b\nWORKDIR here\nCMD true\n"},
	{name: "failing rule", dockerfile: "# check=error=true\nFROM busybox\nENV a b\n"},
	{name: "skipped rule", dockerfile: "FROM busybox\nENV a b\n", args: []string{"--build-arg", "BUILDKIT_DOCKERFILE_CHECK=skip=LegacyKeyValueFormat"}},
	{name: "no such stage", dockerfile: "FROM busybox AS base\nENV a b\nFROM busybox\nCOPY --from=bsae /a /b\n"},
}

// calls are the flags that make a request.
var calls = []string{
	"--call=outline", "--call=outline,format=json", "--call=targets", "--call=targets,format=json",
	"--check", "--call=check,format=json", "--call=convertllb,format=json",
}

// otherCalls are further ways to make the same request.
var otherCalls = []string{"--call=check", "--call=lint", "--call=check,ignorestatus=true", "--call=convertllb"}

// TestRequests sends requests to the reference's frontend image and to Strata's.
func TestRequests(t *testing.T) {
	reference := scenario.ReferenceImage(t)
	for _, d := range documents {
		p := scenario.New(t, scenario.Files{"Dockerfile": d.dockerfile})
		all := calls
		if d.name == "warnings" {
			all = slices.Concat(calls, otherCalls)
		}
		for _, call := range all {
			t.Run(d.name+"/"+call, func(t *testing.T) {
				t.Parallel()
				args := append([]string{call}, d.args...)
				compareAnswers(t, ask(t, p, scenario.Frontend(), args...), ask(t, p, reference, args...))
			})
		}
	}
}

// ask sends a request to a frontend image.
func ask(t *testing.T, p *scenario.Project, frontend string, args ...string) said {
	t.Helper()
	args = append([]string{"build", "--build-arg", "BUILDKIT_SYNTAX=" + frontend}, args...)
	return command{tool: "buildx", dir: p.Dir, args: append(args, ".")}.run(t)
}

func compareAnswers(t *testing.T, got, want said) {
	t.Helper()
	if a, b := stable(got.out), stable(want.out); a != b || got.code != want.code {
		t.Errorf("exit code %d\n%s%s\nwant %d\n%s%s", got.code, a, got.err, want.code, b, want.err)
	}
	// Without an answer only the errors can be compared. Strata's may have more details.
	if want.code != 0 && want.out == "" && (want.reason() == "" || !strings.Contains(got.reason(), want.reason())) {
		t.Errorf("it failed because of %q, and the reference because of %q:\n%s%s", got.reason(), want.reason(), got.err, want.err)
	}
}

// stable returns an answer without the parts that differ in every build. A text may
// contain JSON, because buildx prints LLB as JSON.
func stable(out string) string {
	at := max(0, strings.Index(out, "{\n"))
	answer := json.NewDecoder(strings.NewReader(out[at:]))
	var fields map[string]any
	if answer.Decode(&fields) != nil {
		return out
	}
	dropVariable(fields)
	text, _ := json.MarshalIndent(fields, "", " ")
	return out[:at] + string(text) + out[at+int(answer.InputOffset()):]
}

// dropVariable removes the source's definition, which contains the session, and the
// ids of progress groups.
func dropVariable(value any) {
	switch value := value.(type) {
	case []any:
		for _, v := range value {
			dropVariable(v)
		}
	case map[string]any:
		delete(value, "definition")
		if group, ok := value["progressGroup"].(map[string]any); ok {
			delete(group, "id")
		}
		for _, v := range value {
			dropVariable(v)
		}
	}
}

// TestCheckFails checks that --check fails if a rule is broken, and that the build
// fails if the rule is an error.
func TestCheckFails(t *testing.T) {
	for dockerfile, want := range map[string]struct{ check, build int }{
		"FROM busybox\nENV a=b\n":                              {0, 0},
		"FROM busybox\nENV a b\n":                              {1, 0},
		"# check=error=true\nFROM busybox\nENV a b\n":          {1, 1},
		"# check=skip=all;error=true\nFROM busybox\nENV a b\n": {0, 0},
	} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			p := scenario.New(t, scenario.Files{"Dockerfile": dockerfile})
			if s := ask(t, p, scenario.Frontend(), "--check"); s.code != want.check {
				t.Errorf("%s--check: exit code %d\n%s%s", dockerfile, s.code, s.out, s.err)
			}
			if s := ask(t, p, scenario.Frontend()); s.code != want.build {
				t.Errorf("%sbuild: exit code %d\n%s%s", dockerfile, s.code, s.out, s.err)
			}
		})
	}
}

// TestDescribe checks that every request is listed, including those of the
// reference.
func TestDescribe(t *testing.T) {
	p := scenario.New(t, scenario.Files{"Dockerfile": described})
	list := func(frontend string) map[string]string {
		var all []struct{ Name, Description string }
		s := ask(t, p, frontend, "--call=subrequests.describe,format=json")
		if err := json.Unmarshal([]byte(s.out), &all); err != nil || s.code != 0 {
			t.Fatalf("%v\n%s%s", err, s.out, s.err)
		}
		listed := map[string]string{}
		for _, r := range all {
			listed[r.Name] = r.Description
		}
		return listed
	}
	got := list(scenario.Frontend())
	for name, description := range list(scenario.ReferenceImage(t)) {
		if got[name] != description {
			t.Errorf("%s is described as %q, want %q", name, got[name], description)
		}
	}
	text := ask(t, p, scenario.Frontend(), "--call=subrequests.describe")
	for _, name := range []string{"outline", "targets", "lint", "convertllb", "cache", "graph", "fix", "sarif", "subrequests.describe"} {
		description := got["frontend."+name]
		if description == "" || !strings.Contains(text.out, description) {
			t.Errorf("%s is not described:\n%s", name, text.out)
		}
		if s := ask(t, p, scenario.Frontend(), "--call="+name+",ignorestatus=true"); s.code != 0 {
			t.Errorf("%s is described, but fails:\n%s", name, s.err)
		}
	}
}

// TestUnknownRequest checks that the error has the names of the known requests.
func TestUnknownRequest(t *testing.T) {
	p := scenario.New(t, scenario.Files{"Dockerfile": described})
	got, want := ask(t, p, scenario.Frontend(), "--call=nothing"), ask(t, p, scenario.ReferenceImage(t), "--call=nothing")
	if got.code != want.code || got.code == 0 {
		t.Errorf("exit code %d, want %d", got.code, want.code)
	}
	for _, text := range []string{"unsupported request frontend.nothing", "outline, targets, lint, convertllb, cache, graph, history, fix, sarif, lock, lockcheck, subrequests.describe"} {
		if !strings.Contains(got.err, text) {
			t.Errorf("the error lacks %q:\n%s", text, got.err)
		}
	}
}
