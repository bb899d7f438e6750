package clients

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// advisable has one finding that needs the files of the context, and one that does
// not.
const advisable = "FROM busybox\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN apt-get update\nRUN apt-get install -y curl\n"

// TestAdviceOfTheContext uses a real daemon: the checks get the names of all files
// and the content of the manifests.
func TestAdviceOfTheContext(t *testing.T) {
	files := scenario.Files{
		"Dockerfile": advisable, "package.json": "{}", "package-lock.json": "{}",
		"deploy/.env": "A=b", "tests/.env": "A=b", "target/x": "", ".git/HEAD": "ref", "k.pem": "PRIVATE KEY", "c.pem": "CERTIFICATE",
	}
	on := []string{"--build-arg", "BUILDKIT_DOCKERFILE_CHECK=experimental=all"}
	found := func(p *scenario.Project, args ...string) map[string]string {
		answer := ask(t, p, scenario.Frontend(), append([]string{"--call=check,format=json,ignorestatus=true"}, args...)...)
		var result struct {
			Warnings []struct{ RuleName, Detail, URL string }
		}
		if err := json.Unmarshal([]byte(answer.out), &result); err != nil {
			t.Fatalf("%v\n%s%s", err, answer.out, answer.err)
		}
		details := map[string]string{}
		for _, w := range result.Warnings {
			details[w.RuleName] = w.Detail
			if !strings.HasSuffix(w.URL, "/docs/checks/"+w.RuleName+".md") {
				t.Errorf("%s: URL %s", w.RuleName, w.URL)
			}
		}
		return details
	}
	p := scenario.New(t, files)
	got := found(p, on...)
	for check, text := range map[string]string{
		"CopyBeforeInstall": "copy package.json and package-lock.json first",
		"SecretInLayer":     "deploy/.env and k.pem",
		"BroadContext":      ".git/",
		"UpdateAlone":       "apt-get update",
	} {
		if !strings.Contains(got[check], text) {
			t.Errorf("%s: %q, want %q in it", check, got[check], text)
		}
	}
	if got := found(p); len(got) > 0 {
		t.Errorf("without being on: %q", got)
	}

	files[".dockerignore"], files["package.json"] = ".git\n**/.env\n*.pem\n", `{"workspaces": ["a"]}`
	got = found(scenario.New(t, files), on...)
	for _, check := range []string{"CopyBeforeInstall", "SecretInLayer", "BroadContext"} {
		if text, ok := got[check]; ok {
			t.Errorf("%s where nothing is wrong: %s", check, text)
		}
	}

	files = scenario.Files{
		"Dockerfile":       "FROM busybox\nWORKDIR /app\nCOPY . .\nRUN cd web && npm ci\n",
		"web/package.json": "{}", "web/package-lock.json": "{}",
	}
	const inDirectory = "copy web/package.json and web/package-lock.json first"
	if text := found(scenario.New(t, files), on...)["CopyBeforeInstall"]; !strings.Contains(text, inDirectory) {
		t.Errorf("in a directory it says %q", text)
	}
	files["web/package.json"] = `{"scripts": {"postinstall": "node a.js"}}`
	if text, ok := found(scenario.New(t, files), on...)["CopyBeforeInstall"]; ok {
		t.Errorf("in a directory whose install runs a script it says %q", text)
	}
}

// TestAdviceUnderTheTable requests the steps that a build would run: the advice is
// included even if no check is on.
func TestAdviceUnderTheTable(t *testing.T) {
	p := scenario.New(t, scenario.Files{"Dockerfile": advisable, "package.json": "{}", "package-lock.json": "{}"})
	text := ask(t, p, scenario.Frontend(), "--call=cache")
	for _, want := range []string{"Advice:", "Dockerfile:3  CopyBeforeInstall: ", "Dockerfile:5  UpdateAlone: "} {
		if !strings.Contains(text.out, want) {
			t.Errorf("no %q in\n%s%s", want, text.out, text.err)
		}
	}
	var report struct {
		Advice []struct {
			Check   string
			Line    int
			Fixable bool
		}
	}
	answer := ask(t, p, scenario.Frontend(), "--call=cache,format=json")
	if err := json.Unmarshal([]byte(answer.out), &report); err != nil {
		t.Fatalf("%v\n%s%s", err, answer.out, answer.err)
	}
	if len(report.Advice) == 0 || report.Advice[0].Check != "CopyBeforeInstall" || !report.Advice[0].Fixable {
		t.Errorf("%+v", report.Advice)
	}
}

// TestAdviceInABuild builds: checks that are on give warnings, and fail the build
// if the file requires it.
func TestAdviceInABuild(t *testing.T) {
	const stale = "FROM busybox AS unused\nRUN apt-get update\nRUN apt-get install -y curl\nFROM busybox\nARG TARGETARCH=none\n"
	build := func(first string) said {
		p := scenario.New(t, scenario.Files{"Dockerfile": first + stale})
		return ask(t, p, scenario.Frontend())
	}
	if s := build(""); s.code != 0 || strings.Contains(s.err, "PlatformArgDefault") {
		t.Errorf("exit code %d\n%s", s.code, s.err)
	}
	if s := build("# check=experimental=all\n"); s.code != 0 || !strings.Contains(s.err, "PlatformArgDefault: the default of ARG TARGETARCH") || strings.Contains(s.err, "UpdateAlone") {
		t.Errorf("exit code %d\n%s", s.code, s.err)
	}
	build("# check=experimental=PlatformArgDefault;error=true\n").fails(t, "lint violation found for rules: PlatformArgDefault")
}
