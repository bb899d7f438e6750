package insight

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/llbconv"
)

// stagesOfAllKinds has every kind of reference, and a stage that is not needed.
func stagesOfAllKinds() llbconv.Graph {
	image := llbconv.GraphReference{Kind: llbconv.FromReference, Stage: -1, Name: "docker.io/library/golang:1.26"}
	other := llbconv.GraphReference{Kind: llbconv.FromReference, Stage: -1, Name: "alpine"}
	base := llbconv.GraphReference{Kind: llbconv.FromReference, Stage: 0}
	from := func(kind llbconv.ReferenceKind, stage int) []llbconv.GraphReference {
		return []llbconv.GraphReference{{Kind: kind, Stage: stage}, {Kind: kind, Stage: stage}}
	}
	return llbconv.Graph{
		{Name: "build", Line: 1, Text: "FROM golang:1.26 AS build", Reachable: true, Base: &image, Steps: []llbconv.GraphStep{
			{Line: 2, Text: `RUN echo "hi"; make`},
		}},
		{Name: "end", Line: 3, Text: "FROM build AS end", Base: &base},
		{Name: "lint", Line: 4, Text: "FROM alpine AS lint", Base: &other},
		{Name: "stage-3", Line: 5, Text: "FROM scratch", Reachable: true, Target: true, Steps: []llbconv.GraphStep{
			{Line: 6, Text: "COPY --from=build /a /b", References: from(llbconv.CopyReference, 0)},
			{Line: 7, Text: "RUN --mount=from=docs b", References: []llbconv.GraphReference{{Kind: llbconv.MountReference, Stage: -1, Name: "docs", IsContext: true}}},
		}},
	}
}

func TestMermaid(t *testing.T) {
	report := Report{ComparedWith: &Earlier{Time: hour(14)}, Steps: []Step{
		{Stage: "build", Line: 1, Text: "FROM golang:1.26 AS build", State: Cached},
		{Stage: "build", Line: 2, Text: `RUN echo "hi"; make`, State: Runs},
		{Stage: "build", Line: 2, Text: `RUN echo "hi"; make`, State: Cached}, // for another platform
		{Stage: "stage-3", Line: 6, Text: "COPY --from=build /a /b", State: MayRun},
		{Stage: "stage-3", Line: 7, Text: "RUN --mount=from=docs b", State: Forced},
	}}
	want := `%% Compared with the build of 2026-11-28 14:00 UTC on this builder: green steps are cached,
%% red ones run, yellow ones may run.
flowchart TD
  subgraph s0["build"]
    s0n0["FROM golang#58;1.26 AS build"]
    s0n1["RUN echo #34;hi#34;#59; make"]
  end
  subgraph s1["end"]
    s1n0["FROM build AS end"]
  end
  subgraph s2["lint"]
    s2n0["FROM alpine AS lint"]
  end
  subgraph s3["stage-3"]
    s3n0["FROM scratch"]
    s3n1["COPY --from=build /a /b"]
    s3n2["RUN --mount=from=docs b"]
  end
  e0(["golang#58;1.26"])
  e1(["alpine"])
  e2[/"context docs"/]
  s0n0 --> s0n1
  s3n0 --> s3n1
  s3n1 --> s3n2
  e0 -->|FROM| s0n0
  s0n1 -->|FROM| s1n0
  e1 -->|FROM| s2n0
  s0n1 -.->|COPY| s3n1
  e2 -.->|mount| s3n2
  classDef cached fill:#d3f9d8,stroke:#2b8a3e,color:#000
  class s0n0 cached
  classDef runs fill:#ffc9c9,stroke:#c92a2a,color:#000
  class s0n1,s3n2 runs
  classDef mayRun fill:#fff3bf,stroke:#e67700,color:#000
  class s3n1 mayRun
  classDef target stroke-width:3px
  class s3 target
  classDef faded opacity:0.4
  class s1,s2,s1n0,s2n0,e1 faded
`
	if got := NewGraph(stagesOfAllKinds(), &report).Mermaid(); got != want {
		t.Errorf("\n%s\nwant:\n%s", got, want)
	}
	for _, r := range []*Report{nil, {Steps: report.Steps}} { // nothing to compare with
		if got := NewGraph(stagesOfAllKinds(), r).Mermaid(); !strings.HasPrefix(got, "flowchart TD\n") || strings.Contains(got, "cached") {
			t.Errorf("\n%s", got)
		}
	}
}

func TestGraphJSON(t *testing.T) {
	stages := stagesOfAllKinds()[:2]
	report := Report{ComparedWith: &Earlier{Time: hour(14)}, Steps: []Step{{Stage: "build", Line: 1, Text: "FROM golang:1.26 AS build", State: Cached}}}
	want := `{"version":1,"comparedWith":{"time":"2026-11-28T14:00:00Z"},"stages":[` +
		`{"id":"s0","name":"build","line":1,"reachable":true,"target":false},` +
		`{"id":"s1","name":"end","line":3,"reachable":false,"target":false}],"nodes":[` +
		`{"id":"s0n0","kind":"step","stage":"s0","line":1,"text":"FROM golang:1.26 AS build","state":"cached"},` +
		`{"id":"s0n1","kind":"step","stage":"s0","line":2,"text":"RUN echo \"hi\"; make"},` +
		`{"id":"s1n0","kind":"step","stage":"s1","line":3,"text":"FROM build AS end"},` +
		`{"id":"e0","kind":"image","text":"docker.io/library/golang:1.26"}],"edges":[` +
		`{"from":"s0n0","to":"s0n1","kind":"order"},{"from":"e0","to":"s0n0","kind":"from"},{"from":"s0n1","to":"s1n0","kind":"from"}]}`
	if got, err := NewGraph(stages, &report).JSON(); err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant:\n%s", err, got, want)
	}
	if got, err := NewGraph(nil, nil).JSON(); err != nil || string(got) != `{"version":1,"comparedWith":null,"stages":[],"nodes":[],"edges":[]}` {
		t.Errorf("%v\n%s", err, got)
	}
}

// A graph that is too large for Mermaid shows how many steps its stages have.
func TestLargeGraph(t *testing.T) {
	stages := stagesOfAllKinds()
	for i := range maxEdges {
		stages[0].Steps = append(stages[0].Steps, llbconv.GraphStep{Line: 10 + i, Text: fmt.Sprint("RUN ", i)})
	}
	report := Report{ComparedWith: &Earlier{}, Steps: []Step{{Stage: "build", Line: 12, Text: "RUN 2", State: Runs}}}
	got := NewGraph(stages, &report).Mermaid()
	for _, want := range []string{
		"s0n0[\"FROM golang#58;1.26 AS build and 501 more steps\"]\n  end\n",
		"s3n0[\"FROM scratch and 2 more steps\"]\n  end\n",
		"  s0n0 -.->|COPY| s3n0\n", "  class s0n0 runs\n", "  e2 -.->|mount| s3n0\n",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q is not there once:\n%s", want, got)
		}
	}
	if strings.Contains(got, "-->s0n0") || strings.Contains(got, "s0n1") {
		t.Errorf("\n%s", got)
	}
	start := processorTime(t)
	var many llbconv.Graph
	for i := range 3000 {
		many = append(many, llbconv.GraphStage{Name: fmt.Sprint(i), Base: &llbconv.GraphReference{Kind: llbconv.FromReference, Stage: max(0, i-1)}})
	}
	NewGraph(many, nil).Mermaid()
	if took := processorTime(t) - start; took > 5*time.Second {
		t.Errorf("%v for 3000 stages", took)
	}
}

func TestLabel(t *testing.T) {
	for text, want := range map[string]string{
		"RUN a \\\n  b":           "RUN a b",
		`"[#;]`:                   "#34;#91;#35;#59;#93;",
		"ü 漢":                     "ü 漢",
		"a\x1bb":                  "a#65533;b",
		strings.Repeat("é", 100):  strings.Repeat("é", 57) + "...",
		"`x` $$y$$ %%{z}%% <b> &": "#96;x#96; #36;#36;y#36;#36; #37;#37;#123;z#125;#37;#37; #60;b#62; #38;",
	} {
		if got := label(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
