package frontend

import (
	"encoding/json"
	"strings"
	"testing"
)

// On a daemon that cannot compare builds, the diagram has no states.
func TestGraphRequest(t *testing.T) {
	c := caseOf("FROM busybox AS a\nRUN a\nFROM a AS unused\nFROM scratch\nCOPY --from=a /a /\n", nil)
	res, err := ask(t, c, "frontend.graph")
	if err != nil {
		t.Fatal(err)
	}
	text := string(res.Metadata["result.txt"])
	for _, want := range []string{
		"flowchart TD\n", "subgraph s0[\"a\"]\n", "s0n1[\"RUN a\"]\n", "subgraph s2[\"stage-2\"]\n",
		"s0n1 -.->|COPY| s2n1\n", "class s1,s1n0 faded\n", "class s2 target\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	var graph struct{ Stages, Nodes, Edges []any }
	if err := json.Unmarshal(res.Metadata["result.json"], &graph); err != nil || len(graph.Stages) != 3 || len(graph.Nodes) != 6 || len(graph.Edges) != 5 {
		t.Errorf("%v: %+v", err, graph)
	}
	if _, err := ask(t, caseOf("FROM busybox\nCOPY --from=9 a b\n", nil), "frontend.graph"); err == nil {
		t.Error("no error for a Dockerfile in error")
	}
}
