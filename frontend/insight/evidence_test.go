package insight

import (
	"reflect"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/advice"
)

// broad copies the whole context above an install.
const broad = `FROM node
WORKDIR /app
COPY . .
RUN npm ci
RUN npm test`

func broadWith(app, manifest string) fixture {
	return fixture{dockerfile: broad, files: map[string]file{"app.js": text(app), "package.json": text(manifest)}}
}

var npmReads = []advice.StepReads{{Line: 4, Command: "npm ci", Files: []string{"package.json", "package-lock.json"}}}

func TestEvidence(t *testing.T) {
	first, second := broadWith("1", "a"), broadWith("2", "a")
	last := broadWith("9", "z")
	branch := func(app string) fixture { return broadWith(app, "b").with("RUN npm test", "RUN npm run lint") }
	for name, c := range map[string]struct {
		builds    []fixture
		run, want int // without any, there is no evidence
	}{
		"none":                      {},
		"the first":                 {builds: []fixture{first}},
		"a source":                  {[]fixture{first, second}, 1, 1},
		"a manifest":                {[]fixture{first, broadWith("1", "b")}, 0, 0},
		"both":                      {[]fixture{first, broadWith("2", "b")}, 0, 0},
		"a source, then a manifest": {[]fixture{first, second, broadWith("2", "b")}, 2, 1},
		"sources":                   {[]fixture{first, second, broadWith("3", "a"), broadWith("4", "a")}, 3, 3},
		"a source, and back":        {[]fixture{first, second, first}, 1, 1},
		"another instruction":       {[]fixture{first, second.with("npm ci", "npm install")}, 0, 0},
		"an instruction above":      {[]fixture{first, second.with("WORKDIR /app", "WORKDIR /srv")}, 0, 0},
		"a new line above":          {[]fixture{first, second.with("WORKDIR", "ENV a=b\nWORKDIR")}, 0, 0},
		"two branches in turn":      {[]fixture{first, branch("1"), second, branch("2"), branch("3")}, 4, 3},
		"another line":              {[]fixture{first.with("FROM", "\nFROM"), second.with("FROM", "\nFROM")}, 1, 1},
		"the manifests first":       {[]fixture{first.with("COPY . .", "COPY package.json ."), second.with("COPY . .", "COPY package.json .")}, 0, 0},
	} {
		s := stored{}
		var want []Evidence
		if c.want > 0 {
			want = []Evidence{{Line: 4, Command: "npm ci", Runs: c.run, Needless: c.want}}
		}
		if got := evidence(last.state(s), history(s, c.builds...), s.look, npmReads); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// A step that may not have run does not count, and neither does another line.
func TestNoEvidence(t *testing.T) {
	s := stored{}
	builds := history(s, broadWith("1", "a"), broadWith("2", "a"))
	if got := evidence(broadWith("3", "a").state(s), builds, s.look, []advice.StepReads{{Line: 3, Command: "npm ci"}}); got != nil {
		t.Errorf("a COPY has %+v", got)
	}
	builds[1].Unfinished = []int{3}
	if got := evidence(broadWith("3", "a").state(s), builds, s.look, npmReads); got != nil {
		t.Errorf("a step that did not run has %+v", got)
	}
}

// The line follows the advice that it belongs to, in text and JSON.
func TestEvidenceIsShown(t *testing.T) {
	at := []parser.Range{{Start: parser.Position{Line: 3}}}
	found := []advice.Finding{
		{Code: "CopyBeforeInstall", Message: "copied", Hint: "later", Range: at, Reads: &npmReads[0]},
		{Code: "BroadContext", Message: "broad", Range: at},
	}
	if got := ReadsOf(found); !reflect.DeepEqual(got, npmReads) {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		runs, needless int
		want           string
	}{
		{9, 7, "7 of the last 9 runs of line 4 came from files that npm ci does not read"},
		{1, 1, "the last run of line 4 came from files that npm ci does not read"},
	} {
		r := Report{Advice: NewAdvice(found, []Evidence{{Line: 4, Command: "npm ci", Runs: c.runs, Needless: c.needless}})}
		if text := Table(r, "Dockerfile"); !strings.Contains(text, "      later\n      "+c.want+"\n  Dockerfile:3  BroadContext") {
			t.Errorf("%s", text)
		}
		dt, err := r.JSON(MaxJSON)
		if want := `"evidence":{"line":4,"command":"npm ci","runs":`; err != nil || strings.Count(string(dt), want) != 1 {
			t.Errorf("%s, %v", dt, err)
		}
	}
}
