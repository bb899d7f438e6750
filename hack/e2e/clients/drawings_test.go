package clients

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/frontend/insight"
	"github.com/stratabuild/strata/llbconv"
)

// oddities are texts with a meaning in Mermaid, HTML or Markdown.
var oddities = []string{
	"end", "graph", "subgraph", "style", "default", "o", "x", "click a b", "1. list", "- item", "# title", "> quote",
	`RUN echo "a" 'b' ; echo #c`, "RUN [ -f a ] && { (b); } || c | d", "RUN a <b >c", "<b>bold</b>", "&amp; &lt;", "#35; #quot;",
	"`code` **bold** _under_ ~~strike~~", "$$x^2$$", "%% comment", "%%{init: {'theme':'dark'}}%%", `a\nb\tc`, "style a:b#c;",
	"classDef x fill:#f00;", "fa:fa-car", "a --> b", "a@{ shape: rect }", `["x"]`, "{{x}}", "{x}", "[/x/]", "((x))", "a:::b",
	"ünï 漢字 🙂", "http://example.com/a?b=c&d=e", "javascript:alert(1)", "<script>alert(1)</script>", "---", "--- title: x",
}

// A drawing is a graph and the texts that its picture must contain, each as often
// as it is listed.
type drawing struct {
	graph insight.Graph
	texts []string
}

// TestDrawings draws all graphs at once, because the start of Mermaid takes most of
// the time.
func TestDrawings(t *testing.T) {
	t.Parallel()
	cases := map[string]drawing{"odd texts": oddTexts(), "a long stage": longStage(), "all edges": allEdges(), "nothing": {insight.NewGraph(nil, nil), nil}}
	names := []string{"odd texts", "a long stage", "all edges", "nothing"}
	var diagrams []string
	for _, name := range names {
		diagrams = append(diagrams, cases[name].graph.Mermaid())
	}
	drawn := drawMermaid(t, diagrams)
	for i, name := range names {
		if d := drawn[i]; d.Error != "" || strings.Contains(d.SVG, "NaN") {
			t.Errorf("%s: %s\n%s", name, d.Error, diagrams[i])
			continue
		}
		texts, err := drawn[i].texts()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range cases[name].texts {
			at := slices.Index(texts, want)
			if at < 0 {
				t.Errorf("%s: %q is not in the picture", name, want)
				continue
			}
			texts[at] = ""
		}
	}
}

// oddTexts has each odd text as a step, and some as the name of a stage and of a
// context: Mermaid takes long to lay out many of them.
func oddTexts() (d drawing) {
	stages := llbconv.Graph{{Name: "all", Text: "FROM all", Reachable: true}}
	for i, text := range oddities {
		step := llbconv.GraphStep{Text: text}
		switch {
		case i%6 == 0:
			step.References = []llbconv.GraphReference{{Kind: llbconv.CopyReference, Stage: -1, Name: text, IsContext: true}}
			d.texts = append(d.texts, "context "+text)
		case i < 5 || i%6 == 1:
			stages = append(stages, llbconv.GraphStage{Name: text, Text: "FROM x"})
			d.texts = append(d.texts, text)
		}
		stages[0].Steps = append(stages[0].Steps, step)
		d.texts = append(d.texts, text)
	}
	d.graph = insight.NewGraph(stages, nil)
	return d
}

// longStage is too large for Mermaid, unless its steps are merged.
func longStage() drawing {
	stages := llbconv.Graph{{Name: "long", Text: "FROM long", Reachable: true}}
	for i := range 2000 {
		stages[0].Steps = append(stages[0].Steps, llbconv.GraphStep{Line: i, Text: fmt.Sprint("RUN step", i)})
	}
	return drawing{insight.NewGraph(stages, nil), []string{"long", "FROM long and 2000 more steps"}}
}

// allEdges has each kind of edge, and each state.
func allEdges() drawing {
	image := &llbconv.GraphReference{Kind: llbconv.FromReference, Stage: -1, Name: "docker.io/library/golang:1.26"}
	stages := llbconv.Graph{
		{Name: "build", Line: 1, Text: "FROM golang", Reachable: true, Base: image, Steps: []llbconv.GraphStep{{Line: 2, Text: "RUN make"}}},
		{Name: "unused", Line: 3, Text: "FROM build", Base: &llbconv.GraphReference{Kind: llbconv.FromReference, Stage: 0}},
		{Name: "last", Line: 4, Text: "FROM scratch", Reachable: true, Target: true, Steps: []llbconv.GraphStep{
			{Line: 5, Text: "COPY a", References: []llbconv.GraphReference{{Kind: llbconv.CopyReference, Stage: 0}}},
			{Line: 6, Text: "RUN b", References: []llbconv.GraphReference{{Kind: llbconv.MountReference, Stage: 0}}},
		}},
	}
	report := insight.Report{ComparedWith: &insight.Earlier{}, Steps: []insight.Step{
		{Stage: "build", Line: 1, Text: "FROM golang", State: insight.Cached},
		{Stage: "build", Line: 2, Text: "RUN make", State: insight.Runs},
		{Stage: "last", Line: 5, Text: "COPY a", State: insight.MayRun},
		{Stage: "last", Line: 6, Text: "RUN b", State: insight.Forced},
	}}
	return drawing{insight.NewGraph(stages, &report), []string{
		"build", "unused", "last", "golang:1.26", "FROM golang", "RUN make", "COPY a", "RUN b", "FROM", "FROM", "COPY", "mount",
	}}
}
