package frontend

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/stratabuild/strata/internal/difftest"
)

// Clients show the line of a wrong parser directive, even in a file that is too
// large to be sent whole.
func TestWrongDirectivesShowTheirLines(t *testing.T) {
	long := "FROM scratch\n" + strings.Repeat("# a comment\n", maxWholeFile/10)
	for dockerfile, line := range map[string]int{
		"# syntax=a\n# syntax=b\nFROM scratch\n":       2,
		"# syntax=a\r\n# escape=x\r\nFROM scratch\r\n": 2,
		"\ufeff# check=foo=bar\nFROM scratch\n":        1,
		"#!/bin/x\n# check=error=x\nFROM scratch\n":    2,
		"# escape=x\n" + long:                          1,
		"# escape=`\n# check=foo\n" + long:             2,
	} {
		_, err := Build(t.Context(), difftest.NewGateway(caseOf(dockerfile, nil)))
		if got := sourceLines(err); !slices.Equal(got, []int32{int32(line)}) {
			t.Errorf("%.50q: shows lines %v: %v", dockerfile, got, err)
			continue
		}
		source := errdefs.Sources(err)[0]
		shown := strings.Split(dockerfile, "\n")[line-1]
		if got := strings.Split(string(source.Info.Data), "\n")[line-1]; got != shown {
			t.Errorf("%.50q: shows %q, not %q", dockerfile, got, shown)
		}
		var printed bytes.Buffer
		if err := source.Print(&printed); err != nil || !strings.Contains(printed.String(), fmt.Sprintf("%d | >>> %s", line, shown)) {
			t.Errorf("%.50q: prints %v\n%s", dockerfile, err, &printed)
		}
	}
}

// Every request that reads the file has the line of a wrong check directive.
func TestWrongCheckInRequests(t *testing.T) {
	c := caseOf("# syntax=a\n# check=foo=bar\nFROM scratch\n", nil)
	for _, request := range []string{"frontend.fix", "frontend.targets", "frontend.outline", "frontend.graph"} {
		_, err := ask(t, c, request)
		if got := sourceLines(err); !slices.Equal(got, []int32{2}) {
			t.Errorf("%s: shows lines %v: %v", request, got, err)
		}
	}
	for request, want := range map[string]string{"frontend.sarif": `"startLine": 2`, "frontend.lint": `"line": 2`} {
		res, err := ask(t, c, request)
		if err != nil {
			t.Errorf("%s: %v", request, err)
			continue
		}
		if got := string(res.Metadata["result.json"]); !strings.Contains(got, want) || !strings.Contains(got, "invalid check option") {
			t.Errorf("%s: answers %s", request, got)
		}
	}
}

// The error about check options from a build arg names the build arg.
func TestWrongCheckArg(t *testing.T) {
	for value, hint := range map[string]string{
		"foo=bar":     " (the options are skip=",
		"error=maybe": " (write error=true or error=false)",
	} {
		opts := map[string]string{"build-arg:BUILDKIT_DOCKERFILE_CHECK": value}
		_, err := Build(t.Context(), difftest.NewGateway(caseOf("# check=foo\nFROM scratch\n", opts)))
		if err == nil || !strings.Contains(err.Error(), "build-arg:BUILDKIT_DOCKERFILE_CHECK") || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: %v", value, err)
		}
		if lines := sourceLines(err); len(lines) > 0 {
			t.Errorf("%s: shows lines %v", value, lines)
		}
	}
}

// The error of another frontend points at the directive that names it.
func TestForwardErrorShowsDirective(t *testing.T) {
	for dockerfile, line := range map[string]int32{
		"# syntax=a/b\nFROM scratch\n":                                         1,
		"# check=skip=all\r\n# syntax=a/b\r\nFROM c\r\n":                       2,
		"\ufeff#!/bin/x\n# syntax=a/b\nFROM scratch\n":                         2,
		"// syntax=a/b\nwhatever\n":                                            1,
		"#!/bin/x\n// syntax=a/b\n":                                            2,
		`{"syntax": "a/b"}`:                                                    1,
		"#!/bin/x\n{\"syntax\": \"a/b\"}":                                      2,
		"\ufeff\n{\r\n \"x\": {\"syntax\":\n 1},\r\n \"syntax\": \"a/b\"\r\n}": 5,
		"{\"syntax\": \"x/y\",\n\"syntax\":\n\"a/b\"\n}":                       2,
	} {
		c := difftest.Case{Dockerfile: []byte(dockerfile), Options: difftest.Options{NoCmdline: true}}
		gw := difftest.NewGateway(c)
		_, err := Build(t.Context(), gw)
		if sent := gw.Forwards(); len(sent) != 1 || sent[0].FrontendOpt["source"] != "a/b" {
			t.Errorf("%q: sent %v", dockerfile, sent)
		}
		if got := sourceLines(err); !slices.Equal(got, []int32{line}) {
			t.Errorf("%q: shows lines %v, want %d: %v", dockerfile, got, line, err)
		}
	}
}
