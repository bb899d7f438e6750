package insight

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/stratabuild/strata/llbconv"
)

// A Graph holds the stages of a Dockerfile, their steps and dependencies, as
// the nodes and edges of a diagram.
type Graph struct {
	Version int `json:"version"`
	// ComparedWith is the build from which the states of the steps derive, nil
	// if there is none.
	ComparedWith *Earlier     `json:"comparedWith"`
	Stages       []GraphStage `json:"stages"`
	Nodes        []Node       `json:"nodes"`
	Edges        []Edge       `json:"edges"`
}

// A GraphStage is a stage. Its nodes have its id.
type GraphStage struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Line int    `json:"line"`
	// Reachable is set if the target needs the stage.
	Reachable bool `json:"reachable"`
	Target    bool `json:"target"`
}

// A Node is a step of a stage, an image, or a named context. The first step of
// a stage is its FROM.
type Node struct {
	ID    string   `json:"id"`
	Kind  NodeKind `json:"kind"`
	Stage string   `json:"stage,omitempty"` // of a step
	Line  int      `json:"line,omitempty"`
	Text  string   `json:"text"`
	// State is empty if it is not known.
	State StepState `json:"state,omitempty"`
}

// NodeKind is the kind of a node.
type NodeKind string

// The kinds of nodes.
const (
	StepNode    NodeKind = "step"
	ImageNode   NodeKind = "image"
	ContextNode NodeKind = "context"
)

// An Edge leads from a node to a node that depends on it.
type Edge struct {
	From string   `json:"from"`
	To   string   `json:"to"`
	Kind EdgeKind `json:"kind"`
}

// EdgeKind is the kind of a dependency.
type EdgeKind string

// The kinds of edges.
const (
	OrderEdge EdgeKind = "order" // the step before
	FromEdge  EdgeKind = "from"  // FROM
	CopyEdge  EdgeKind = "copy"  // COPY --from
	MountEdge EdgeKind = "mount" // RUN --mount=from
)

// NewGraph makes the graph of a Dockerfile. r is the report with the states of
// the steps, nil if there is none.
func NewGraph(stages llbconv.Graph, r *Report) Graph {
	d := drawing{
		stages:   stages,
		states:   map[stepPlace]StepState{},
		external: map[Node]string{},
		edges:    map[Edge]bool{},
		graph:    Graph{Version: Version, Stages: []GraphStage{}, Nodes: []Node{}, Edges: []Edge{}},
	}
	if r != nil && r.ComparedWith != nil {
		d.graph.ComparedWith = r.ComparedWith
		for _, s := range r.Steps {
			place := stepPlace{s.Stage, s.Line, s.Text}
			d.states[place] = likeliestRun(d.states[place], s.State)
		}
	}
	for i, s := range stages {
		d.stage(i, s)
	}
	for i, s := range stages {
		d.references(i, s)
	}
	return d.graph
}

// likeliestRun returns the state that makes a run more likely.
func likeliestRun(a, b StepState) StepState {
	order := []StepState{"", Cached, MayRun, Runs, Forced}
	if slices.Index(order, a) > slices.Index(order, b) {
		return a
	}
	return b
}

// JSON returns the graph in its documented form.
func (g Graph) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(g)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

type stepPlace struct {
	stage string
	line  int
	text  string
}

// drawing is a graph under construction.
type drawing struct {
	stages   llbconv.Graph
	states   map[stepPlace]StepState
	external map[Node]string // the ids of images and contexts
	edges    map[Edge]bool
	graph    Graph
}

func stageID(i int) string       { return fmt.Sprintf("s%d", i) }
func stepID(stage, n int) string { return fmt.Sprintf("s%dn%d", stage, n) }

// lastStep returns the node of the last step of a stage, from which other
// stages read.
func (d *drawing) lastStep(stage int) string { return stepID(stage, len(d.stages[stage].Steps)) }

// stage adds a stage with its steps.
func (d *drawing) stage(i int, s llbconv.GraphStage) {
	d.graph.Stages = append(d.graph.Stages, GraphStage{
		ID: stageID(i), Name: s.Name, Line: s.Line, Reachable: s.Reachable, Target: s.Target,
	})
	d.step(i, 0, s.Name, s.Line, s.Text)
	for n, step := range s.Steps {
		d.step(i, n+1, s.Name, step.Line, step.Text)
		d.edge(stepID(i, n), stepID(i, n+1), OrderEdge)
	}
}

func (d *drawing) step(stage, n int, name string, line int, text string) {
	d.graph.Nodes = append(d.graph.Nodes, Node{
		ID: stepID(stage, n), Kind: StepNode, Stage: stageID(stage), Line: line, Text: text,
		State: d.states[stepPlace{name, line, text}],
	})
}

func (d *drawing) edge(from, to string, kind EdgeKind) {
	if e := (Edge{from, to, kind}); !d.edges[e] {
		d.edges[e] = true
		d.graph.Edges = append(d.graph.Edges, e)
	}
}

// references adds the edges from other stages, images and contexts.
func (d *drawing) references(i int, s llbconv.GraphStage) {
	if s.Base != nil {
		d.edge(d.source(*s.Base), stepID(i, 0), FromEdge)
	}
	for n, step := range s.Steps {
		for _, ref := range step.References {
			d.edge(d.source(ref), stepID(i, n+1), EdgeKind(ref.Kind))
		}
	}
}

// source returns the node of a reference.
func (d *drawing) source(ref llbconv.GraphReference) string {
	if ref.Stage >= 0 {
		return d.lastStep(ref.Stage)
	}
	node := Node{Kind: ImageNode, Text: ref.Name}
	if ref.IsContext {
		node.Kind = ContextNode
	}
	id, known := d.external[node]
	if !known {
		id = fmt.Sprintf("e%d", len(d.external))
		d.external[node] = id
		node.ID = id
		d.graph.Nodes = append(d.graph.Nodes, node)
	}
	return id
}
