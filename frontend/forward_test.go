package frontend

import (
	"maps"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/stratabuild/strata/internal/difftest"
	"github.com/stratabuild/strata/internal/difftest/reference"
)

// TestForward compares the forwarded requests with those of the reference.
func TestForward(t *testing.T) {
	for _, c := range []struct {
		name, dockerfile string
		options          difftest.Options
		to               string // empty if the build is not forwarded
	}{
		{name: "no directive", dockerfile: "FROM scratch\n"},
		{name: "directive", dockerfile: "# syntax=docker/dockerfile:1\nFROM scratch\n", to: "docker/dockerfile:1"},
		{name: "in capitals, with spaces", dockerfile: "#  SyNtAx =  a/b  \nFROM scratch\n", to: "a/b"},
		{name: "with arguments", dockerfile: "# syntax=a/b x y\nFROM scratch\n", to: "a/b"},
		{name: "after a shebang", dockerfile: "#!/bin/x\n# syntax=a/b\nFROM scratch\n", to: "a/b"},
		{name: "too late", dockerfile: "FROM scratch\n# syntax=a/b\n"},
		{name: "empty", dockerfile: "# syntax=\nFROM scratch\n"},
		{name: "in another language", dockerfile: "// syntax=a/b\nwhatever\n", to: "a/b"},
		{name: "in JSON", dockerfile: `{"syntax": "a/b"}`, to: "a/b"},
		{name: "build arg", dockerfile: "# syntax=a/b\nFROM scratch\n", options: difftest.Options{BuildArgs: map[string]string{"BUILDKIT_SYNTAX": "c/d e"}}, to: "c/d"},
		{name: "with options", dockerfile: "# syntax=a/b\nFROM scratch\n", options: difftest.Options{Target: "t", Platform: "linux/arm64", Labels: map[string]string{"l": "1"}}, to: "a/b"},
		{name: "with inputs", dockerfile: "# syntax=a/b\nFROM scratch\n", options: difftest.Options{Inputs: map[string]difftest.Input{"base": {Image: "alpine"}}}, to: "a/b"},
		{name: "with a cap for it", dockerfile: "# syntax=a/b\nFROM scratch\n", options: difftest.Options{Opts: map[string]string{"frontend.caps": "new+forward"}}, to: "a/b"},
		{name: "with a request", dockerfile: "# syntax=a/b\nFROM scratch\n", options: difftest.Options{Opts: map[string]string{"requestid": "frontend.outline"}}, to: "a/b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.NoCmdline = true
			in := difftest.Case{Dockerfile: []byte(c.dockerfile), Options: c.options}
			got, want := difftest.NewGateway(in), difftest.NewGateway(in)
			_, err := Build(t.Context(), got)
			_, wantErr := reference.Build(t.Context(), want)
			compareForwards(t, got, want)
			sent := got.Forwards()
			if n := got.Calls()["Solve"]; len(sent) > 0 && n != want.Calls()["Solve"] {
				t.Errorf("%d solves, the reference makes %d", n, want.Calls()["Solve"])
			}
			if (len(sent) > 0) != (c.to != "") || len(sent) > 0 && sent[0].FrontendOpt["source"] != c.to {
				t.Errorf("sent %+v", sent)
			}
			if (err == nil) != (wantErr == nil) || err != nil && len(errdefs.Sources(err)) != len(errdefs.Sources(wantErr)) {
				t.Errorf("error %v, want %v", err, wantErr)
			}
		})
	}
}

func compareForwards(t *testing.T, got, want *difftest.Gateway) {
	t.Helper()
	a, b := got.Forwards(), want.Forwards()
	if len(a) != len(b) {
		t.Fatalf("%d forwards, want %d", len(a), len(b))
	}
	for i := range a {
		if a[i].Frontend != b[i].Frontend || !maps.Equal(a[i].FrontendOpt, b[i].FrontendOpt) {
			t.Errorf("sent %s %v\nwant %s %v", a[i].Frontend, a[i].FrontendOpt, b[i].Frontend, b[i].FrontendOpt)
		}
		for name, def := range b[i].FrontendInputs {
			if difftest.Canonical(def) != difftest.Canonical(a[i].FrontendInputs[name]) {
				t.Errorf("input %s differs", name)
			}
		}
		if len(a[i].FrontendInputs) != len(b[i].FrontendInputs) {
			t.Errorf("%d inputs, want %d", len(a[i].FrontendInputs), len(b[i].FrontendInputs))
		}
	}
}

// An empty build arg, which CI systems pass for an unset variable, names no
// frontend. The reference fails with it.
func TestBlankSyntaxArg(t *testing.T) {
	for _, value := range []string{"", " ", "\t"} {
		options := difftest.Options{NoCmdline: true, BuildArgs: map[string]string{"BUILDKIT_SYNTAX": value}}
		plain := difftest.NewGateway(difftest.Case{Dockerfile: []byte("FROM scratch\n"), Options: options})
		if _, err := Build(t.Context(), plain); err != nil || len(plain.Forwards()) != 0 {
			t.Errorf("%q: error %v, sent %v", value, err, plain.Forwards())
		}
		named := difftest.NewGateway(difftest.Case{Dockerfile: []byte("# syntax=a/b\nFROM scratch\n"), Options: options})
		_, _ = Build(t.Context(), named) // the gateway has no such frontend
		if sent := named.Forwards(); len(sent) != 1 || sent[0].FrontendOpt["source"] != "a/b" {
			t.Errorf("%q: the directive is not followed: %v", value, sent)
		}
	}
}

// BuildKit sets the option cmdline for a frontend that a directive names. Such
// a frontend must not forward again.
func TestForwardedOnce(t *testing.T) {
	gw := difftest.NewGateway(caseOf("# syntax=a/b\nFROM scratch\n", nil))
	if _, err := Build(t.Context(), gw); err != nil || len(gw.Forwards()) != 0 {
		t.Errorf("%v, sent %v", err, gw.Forwards())
	}
}

// An error of the other frontend without source lines points at the directive.
func TestForwardError(t *testing.T) {
	c := difftest.Case{Dockerfile: []byte("# syntax=a/b\nFROM scratch\n"), Options: difftest.Options{NoCmdline: true}}
	_, err := Build(t.Context(), difftest.NewGateway(c))
	sources := errdefs.Sources(err)
	if len(sources) != 1 || sources[0].Ranges[0].Start.Line != 1 {
		t.Errorf("%v points at %v", err, sources)
	}
	c.Options.BuildArgs = map[string]string{"BUILDKIT_SYNTAX": "c/d"}
	_, err = Build(t.Context(), difftest.NewGateway(c))
	if err == nil || !strings.Contains(err.Error(), "build-arg:BUILDKIT_SYNTAX = c/d") {
		t.Errorf("%v does not say where the name comes from", err)
	}
}
