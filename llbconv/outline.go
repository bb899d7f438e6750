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

// An Outline is what a build takes from the client: args, secrets, SSH agents.
type Outline = outline.Outline

// Targets lists the stages of a file.
func (f *File) Targets() *targets.List {
	list := &targets.List{Sources: [][]byte{f.Text}}
	for i, s := range f.Stages {
		list.Targets = append(list.Targets, targets.Target{
			Name:        s.Name,
			Description: s.Doc,
			Default:     i == len(f.Stages)-1,
			Base:        s.BaseName,
			Platform:    s.Platform,
			Location:    pbLocation(s.Location),
		})
	}
	return list
}

// Outline collects what the target and the stages that it needs take from the
// client.
func (r *Result) Outline() Outline {
	g := r.graph
	o := outliner{
		globals: g.Args,
		results: r.stages,
		seen:    map[*plan.Stage]bool{},
		args:    map[string]plan.Arg{},
		secrets: map[string]lower.Need{},
		ssh:     map[string]lower.Need{},
	}
	o.stage(g.Target)
	out := Outline{
		Name:        g.Target.Name,
		Description: g.Target.Doc,
		Sources:     [][]byte{r.file.Text},
	}
	for _, a := range inOrder(o.args, func(a plan.Arg) []parser.Range { return a.Location }) {
		out.Args = append(out.Args, outline.Arg{
			Name:        a.value.Definition.Key,
			Value:       a.value.Value,
			Description: a.value.Definition.DocComment,
			Location:    pbLocation(a.value.Location),
		})
	}
	for _, n := range inOrder(o.secrets, needLocation) {
		out.Secrets = append(out.Secrets, outline.Secret{Name: n.key, Required: n.value.Required, Location: pbLocation(n.value.Location)})
	}
	for _, n := range inOrder(o.ssh, needLocation) {
		out.SSH = append(out.SSH, outline.SSH{Name: n.key, Required: n.value.Required, Location: pbLocation(n.value.Location)})
	}
	return out
}

// outliner walks the graph; the first stage that names something wins.
type outliner struct {
	globals map[string]plan.Arg
	results map[*plan.Stage]*lower.Result
	seen    map[*plan.Stage]bool
	args    map[string]plan.Arg
	secrets map[string]lower.Need
	ssh     map[string]lower.Need
}

func (o outliner) stage(s *plan.Stage) {
	if o.seen[s] {
		return
	}
	o.seen[s] = true
	o.collect(s)
	if s.Base != nil {
		o.stage(s.Base)
	}
	for _, step := range s.Steps {
		for _, src := range step.Sources {
			o.stage(src)
		}
	}
}

func (o outliner) collect(s *plan.Stage) {
	known := maps.Clone(o.globals)
	names := slices.Sorted(maps.Keys(s.FromArgs))
	if r := o.results[s]; r != nil {
		maps.Copy(known, r.Args)
		names = append(names, r.ArgNames...)
		addMissing(o.secrets, r.Secrets)
		addMissing(o.ssh, r.SSH)
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

type entry[V any] struct {
	key   string
	value V
}

// inOrder sorts a map by source line, then by name.
func inOrder[V any](m map[string]V, location func(V) []parser.Range) []entry[V] {
	out := make([]entry[V], 0, len(m))
	for k, v := range m {
		out = append(out, entry[V]{k, v})
	}
	slices.SortFunc(out, func(a, b entry[V]) int {
		return cmp.Or(cmp.Compare(firstLine(location(a.value)), firstLine(location(b.value))), cmp.Compare(a.key, b.key))
	})
	return out
}

func needLocation(n lower.Need) []parser.Range { return n.Location }

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
