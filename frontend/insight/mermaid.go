package insight

import (
	"fmt"
	"strings"
	"unicode"
)

// Limits of Mermaid for one diagram, with the settings of GitHub and others.
const (
	maxEdges   = 500
	maxDiagram = 50_000 // characters
)

// maxLabel is the width of labels.
const maxLabel = 60

// Mermaid returns the graph as a Mermaid flowchart: a box for each stage, with
// its steps coloured by their state. A graph that is too large for Mermaid has
// no steps.
func (g Graph) Mermaid() string {
	text := g.flowchart()
	if len(g.Edges) > maxEdges || len(text) > maxDiagram {
		return g.withoutSteps().flowchart()
	}
	return text
}

func (g Graph) flowchart() string {
	var b strings.Builder
	if g.ComparedWith != nil {
		fmt.Fprintf(&b, "%%%% Compared with the build of %s: green steps are cached,\n", g.ComparedWith.name())
		b.WriteString("%% red ones run, yellow ones may run.\n")
	}
	b.WriteString("flowchart TD\n")
	steps := map[string][]Node{}
	for _, n := range g.Nodes {
		steps[n.Stage] = append(steps[n.Stage], n)
	}
	for _, s := range g.Stages {
		fmt.Fprintf(&b, "  subgraph %s[\"%s\"]\n", s.ID, label(s.Name))
		for _, n := range steps[s.ID] {
			fmt.Fprintf(&b, "    %s[\"%s\"]\n", n.ID, label(n.Text))
		}
		b.WriteString("  end\n")
	}
	for _, n := range g.Nodes {
		switch n.Kind {
		case ImageNode:
			fmt.Fprintf(&b, "  %s([\"%s\"])\n", n.ID, label(familiar(n.Text)))
		case ContextNode:
			fmt.Fprintf(&b, "  %s[/\"%s\"/]\n", n.ID, label("context "+n.Text))
		}
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %s %s %s\n", e.From, arrows[e.Kind], e.To)
	}
	g.writeClasses(&b)
	return b.String()
}

var arrows = map[EdgeKind]string{
	OrderEdge: "-->",
	FromEdge:  "-->|FROM|",
	CopyEdge:  "-.->|COPY|",
	MountEdge: "-.->|mount|",
}

// classes are the styles of nodes and stages, in the order of the output.
var classes = []struct{ name, style string }{
	{"cached", "fill:#d3f9d8,stroke:#2b8a3e,color:#000"},
	{"runs", "fill:#ffc9c9,stroke:#c92a2a,color:#000"},
	{"mayRun", "fill:#fff3bf,stroke:#e67700,color:#000"},
	{"target", "stroke-width:3px"},
	{"faded", "opacity:0.4"},
}

func (g Graph) writeClasses(b *strings.Builder) {
	members := map[string][]string{}
	add := func(class, id string) { members[class] = append(members[class], id) }
	faded := g.faded()
	for _, s := range g.Stages {
		if s.Target {
			add("target", s.ID)
		}
		if faded[s.ID] {
			add("faded", s.ID)
		}
	}
	looks := map[StepState]string{Cached: "cached", Runs: "runs", Forced: "runs", MayRun: "mayRun"}
	for _, n := range g.Nodes {
		if look, known := looks[n.State]; known {
			add(look, n.ID)
		}
		if faded[n.ID] {
			add("faded", n.ID)
		}
	}
	for _, c := range classes {
		if ids := members[c.name]; len(ids) > 0 {
			fmt.Fprintf(b, "  classDef %s %s\n", c.name, c.style)
			fmt.Fprintf(b, "  class %s %s\n", strings.Join(ids, ","), c.name)
		}
	}
}

// faded returns the stages and nodes that the target does not need.
func (g Graph) faded() map[string]bool {
	faded := map[string]bool{}
	for _, s := range g.Stages {
		faded[s.ID] = !s.Reachable
	}
	for _, n := range g.Nodes {
		faded[n.ID] = n.Kind != StepNode || faded[n.Stage]
	}
	for _, e := range g.Edges { // images and contexts depend on nothing
		if !faded[e.To] {
			faded[e.From] = false
		}
	}
	return faded
}

// label returns a text for Mermaid. Characters with a meaning in Mermaid, HTML
// or Markdown become character entities.
func label(text string) string {
	var b strings.Builder
	for _, r := range cut(oneLine(text), maxLabel) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ./,=+-()", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// withoutSteps merges the steps of each stage into one node.
func (g Graph) withoutSteps() Graph {
	small := g
	small.Nodes, small.Edges = nil, nil
	of := map[string]string{} // the node that replaces another one
	first := map[string]int{} // the node of a stage in the new list
	steps := map[string]int{}
	for _, n := range g.Nodes {
		at, again := first[n.Stage]
		if n.Kind != StepNode || !again {
			first[n.Stage] = len(small.Nodes)
			of[n.ID] = n.ID
			small.Nodes = append(small.Nodes, n)
			continue
		}
		steps[n.Stage]++
		of[n.ID] = small.Nodes[at].ID
		small.Nodes[at].State = likeliestRun(small.Nodes[at].State, n.State)
	}
	for i, n := range small.Nodes {
		if more := steps[n.Stage]; n.Kind == StepNode && more > 0 {
			small.Nodes[i].Text = cut(oneLine(n.Text), maxLabel-20) + fmt.Sprintf(" and %d more %s", more, plural(more, "step"))
		}
	}
	known := map[Edge]bool{}
	for _, e := range g.Edges {
		e.From, e.To = of[e.From], of[e.To]
		if e.From != e.To && !known[e] {
			known[e] = true
			small.Edges = append(small.Edges, e)
		}
	}
	return small
}
