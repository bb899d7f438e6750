package clients

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestGraphIsDrawn draws the output of buildx with the real Mermaid, after an edit.
func TestGraphIsDrawn(t *testing.T) {
	w, own := ways()[1], scenario.Unique()
	p := scenario.New(t, scenario.Files{
		"a": "a\n", "b": "b\n",
		"Dockerfile": "FROM busybox AS build\nWORKDIR /" + own + "\nCOPY a .\nRUN cat a > b\n" +
			"FROM build AS check\nRUN test -s b\n" +
			"FROM busybox\nCOPY b /\nCOPY --from=build /" + own + "/b /c\nRUN --mount=from=build,target=/m cat /m/bin/true > /d\n",
	})
	w.build(t, p, explained).succeed(t)
	p.Write("a", "else\n")
	printed := w.build(t, p, flags{buildx: []string{"--call=graph"}}).succeed(t).out
	drawn := drawMermaid(t, []string{printed})[0]
	texts, err := drawn.texts()
	if drawn.Error != "" || err != nil {
		t.Fatalf("%s %v\n%s", drawn.Error, err, printed)
	}
	for _, want := range []string{"build", "check", "stage-2", "busybox", "FROM build AS check", "RUN cat a > b", "COPY b /", "FROM", "COPY", "mount"} {
		if !slices.Contains(texts, want) {
			t.Errorf("%q is not in the picture: %q", want, texts)
		}
	}
	for _, want := range []string{"flowchart", "classDef cached", "classDef runs"} {
		if !strings.Contains(printed, want) {
			t.Errorf("it lacks %q:\n%s", want, printed)
		}
	}
	var graph struct {
		ComparedWith *struct{ Time string }
		Nodes        []node
	}
	raw := w.build(t, p, flags{buildx: []string{"--call=graph,format=json"}}).succeed(t).out
	if err := json.Unmarshal([]byte(raw), &graph); err != nil || graph.ComparedWith == nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	states := map[int]string{1: "cached", 2: "cached", 3: "runs", 4: "runs", 5: "", 6: "", 7: "cached", 8: "cached", 9: "may-run", 10: "may-run"}
	checkStates(t, graph.Nodes, states)
}

// node is an instruction in the graph, or a source without a line.
type node struct {
	Text, State string
	Line        int
}

// checkStates compares the states of all lines.
func checkStates(t *testing.T, nodes []node, states map[int]string) {
	t.Helper()
	lines := map[int]bool{}
	for _, n := range nodes {
		if n.Line > 0 && n.State != states[n.Line] {
			t.Errorf("line %d is %q, want %q: %+v", n.Line, n.State, states[n.Line], nodes)
		}
		lines[n.Line] = true
	}
	for line := range states {
		if !lines[line] {
			t.Errorf("line %d has no node: %+v", line, nodes)
		}
	}
}
