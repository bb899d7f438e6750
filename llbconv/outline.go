package llbconv

import (
	"cmp"
	"maps"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/lower"
	"github.com/stratabuild/strata/llbconv/internal/plan"
)

// An Outline lists the inputs that a build takes from the client: args,
// secrets, SSH agents.
type Outline = outline.Outline

// Targets lists the stages of a file.
func (f *File) Targets() *targets.List {
	list := &targets.List{Sources: [][]byte{f.Text}}
	for i, s := range f.syntax.Stages {
		list.Targets = append(list.Targets, targets.Target{
			Name:        s.Name,
			Description: s.Doc,
			Default:     i == len(f.syntax.Stages)-1,
			Base:        s.BaseName,
			Platform:    s.Platform,
			Location:    pbLocation(s.Location),
		})
	}
	return list
}

// Outline lists the inputs that the target, and the stages that it needs, take
// from the client.
func (r *Result) Outline() Outline {
	g := r.inputs.graph
	o := outliner{
		graph:   g,
		globals: r.inputs.epoch.globals.Args,
		stages:  r.lowered.Stages,
		seen:    map[int]bool{},
		args:    map[string]plan.Arg{},
		secrets: map[string]lower.Requirement{},
		ssh:     map[string]lower.Requirement{},
	}
	o.stage(g.Target.Index)
	out := Outline{
		Name:        g.Target.Source.Name,
		Description: g.Target.Source.Doc,
		Sources:     [][]byte{r.file.Text},
	}
	for _, name := range inOrder(o.args, func(a plan.Arg) []parser.Range { return a.Location }) {
		a := o.args[name]
		out.Args = append(out.Args, outline.Arg{
			Name:        a.Definition.Key,
			Value:       a.Value,
			Description: a.Definition.DocComment,
			Location:    pbLocation(a.Location),
		})
	}
	for _, name := range inOrder(o.secrets, requirementLocation) {
		n := o.secrets[name]
		out.Secrets = append(out.Secrets, outline.Secret{Name: name, Required: n.Required, Location: pbLocation(n.Location)})
	}
	for _, name := range inOrder(o.ssh, requirementLocation) {
		n := o.ssh[name]
		out.SSH = append(out.SSH, outline.SSH{Name: name, Required: n.Required, Location: pbLocation(n.Location)})
	}
	return out
}

// outliner walks the graph. If several stages name an input, the first one
// counts.
type outliner struct {
	graph   *plan.Graph
	globals map[string]plan.Arg
	stages  []*lower.Stage
	seen    map[int]bool
	args    map[string]plan.Arg
	secrets map[string]lower.Requirement
	ssh     map[string]lower.Requirement
}

func (o outliner) stage(i int) {
	if o.seen[i] {
		return
	}
	o.seen[i] = true
	s := o.graph.Stages[i]
	o.collect(s)
	if s.From.Stage != plan.NoStage {
		o.stage(s.From.Stage)
	}
	for _, step := range s.Steps {
		for _, source := range step.Sources {
			o.stage(source)
		}
	}
}

func (o outliner) collect(s *plan.Stage) {
	known := maps.Clone(o.globals)
	names := slices.Sorted(maps.Keys(s.UsedArgs))
	if r := o.stages[s.Index]; r != nil {
		maps.Copy(known, r.Inputs.Args)
		names = append(names, r.Inputs.ArgNames...)
		addMissing(o.secrets, r.Inputs.Secrets)
		addMissing(o.ssh, r.Inputs.SSH)
	}
	used := map[string]bool{}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		a, ok := known[name]
		if used[name] || !ok {
			continue
		}
		used[name] = true
		addMissing(o.args, map[string]plan.Arg{name: a})
		names = append(names, slices.Sorted(maps.Keys(a.Uses))...)
	}
}

func addMissing[V any](to, from map[string]V) {
	for k, v := range from {
		if _, ok := to[k]; !ok {
			to[k] = v
		}
	}
}

// inOrder returns the keys of a map, sorted by source line and name.
func inOrder[V any](m map[string]V, location func(V) []parser.Range) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(firstLine(location(m[a])), firstLine(location(m[b]))), cmp.Compare(a, b))
	})
}

func requirementLocation(n lower.Requirement) []parser.Range { return n.Location }

func firstLine(r []parser.Range) int {
	if len(r) == 0 {
		return 0
	}
	return r[0].Start.Line
}

func pbLocation(ranges []parser.Range) *pb.Location {
	if len(ranges) == 0 {
		return nil
	}
	return &pb.Location{Ranges: diag.Ranges(ranges)}
}
