package ops

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// Definition marshals an output and all ops that it needs, each after its
// inputs. A nil output is the empty definition. If the ops have more than limit
// bytes, the error is a *SizeError; a limit of 0 means no limit.
func Definition(ctx context.Context, out llb.Output, limit int, c *llb.Constraints) (*pb.Definition, error) {
	if out == nil {
		return &pb.Definition{Metadata: map[string]*pb.OpMetadata{}}, nil
	}
	m := marshaller{
		constraints: c,
		sources:     map[*llb.SourceMap]int{},
	}
	vertices := m.sorted(ctx, out.Vertex(ctx, m.constraints))
	m.def = &pb.Definition{
		Def:      make([][]byte, 0, len(vertices)+1),
		Metadata: make(map[string]*pb.OpMetadata, len(vertices)+1),
		Source:   &pb.Source{Locations: make(map[string]*pb.Locations, len(vertices))},
	}
	for _, v := range vertices {
		if err := m.add(ctx, v); err != nil {
			return nil, err
		}
		if limit > 0 && m.usage.all > limit {
			return nil, &SizeError{Limit: limit, usage: m.usage}
		}
	}
	return m.def, m.end(ctx, out)
}

type marshaller struct {
	constraints *llb.Constraints
	def         *pb.Definition
	sources     map[*llb.SourceMap]int // index in files
	files       []*llb.SourceMap
	usage       usage
}

// sorted lists a vertex and all that it needs, each after its inputs. It is not
// recursive, as the graph is as deep as the Dockerfile has steps.
func (m *marshaller) sorted(ctx context.Context, root llb.Vertex) []llb.Vertex {
	type frame struct {
		vertex llb.Vertex
		inputs []llb.Output
	}
	var vertices []llb.Vertex
	seen := map[llb.Vertex]bool{root: true}
	stack := []frame{{root, root.Inputs()}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if len(top.inputs) == 0 {
			vertices = append(vertices, top.vertex)
			stack = stack[:len(stack)-1]
			continue
		}
		next := top.inputs[0].Vertex(ctx, m.constraints)
		top.inputs = top.inputs[1:]
		if !seen[next] {
			seen[next] = true
			stack = append(stack, frame{next, next.Inputs()})
		}
	}
	return vertices
}

// add adds one vertex. If another vertex has the same op, their metadata is
// merged.
func (m *marshaller) add(ctx context.Context, v llb.Vertex) error {
	dgst, dt, meta, at, err := v.Marshal(ctx, m.constraints)
	if err != nil {
		return err
	}
	if op, ok := v.(*Op); ok {
		m.usage.add(op.operation.usage())
	}
	m.usage.all += len(dt)
	id := string(dgst)
	if known, again := m.def.Metadata[id]; again {
		meta = mergeMeta(known, meta)
	} else {
		m.def.Def = append(m.def.Def, dt)
		m.def.Source.Locations[id] = &pb.Locations{}
	}
	m.def.Metadata[id] = meta
	locations := m.def.Source.Locations[id]
	for _, l := range at {
		locations.Locations = append(locations.Locations, &pb.Location{SourceIndex: m.source(l.SourceMap), Ranges: l.Ranges})
	}
	return nil
}

// source returns the index of a source file, and adds the file if it is new.
// The same file comes twice if a named context is an earlier build of this
// Dockerfile.
func (m *marshaller) source(sm *llb.SourceMap) int32 {
	index, ok := m.sources[sm]
	if !ok {
		index = slices.IndexFunc(m.files, func(known *llb.SourceMap) bool { return sameFile(known, sm) })
		if index < 0 {
			index = len(m.files)
			m.files = append(m.files, sm)
		}
		m.sources[sm] = index
	}
	return int32(index)
}

// sameFile compares the definitions that load the files. The last op of a
// definition has the digests of all others in it.
func sameFile(a, b *llb.SourceMap) bool {
	if a.Filename != b.Filename || a.Language != b.Language || !bytes.Equal(a.Data, b.Data) {
		return false
	}
	if a.Definition == nil || b.Definition == nil {
		return true
	}
	from, also := a.Definition.Def, b.Definition.Def
	return len(from) == 0 || len(also) == 0 || bytes.Equal(from[len(from)-1], also[len(also)-1])
}

// info describes a source file. A file from a named context has a state that
// loads it instead of a definition.
func (m *marshaller) info(ctx context.Context, sm *llb.SourceMap) (*pb.SourceInfo, error) {
	info := &pb.SourceInfo{Data: sm.Data, Filename: sm.Filename, Language: sm.Language}
	if sm.Definition != nil {
		info.Definition = sm.Definition.ToPB()
	} else if sm.State != nil {
		opts := []llb.ConstraintsOpt{llb.Platform(*m.constraints.Platform)}
		if caps := m.constraints.Caps; caps != nil {
			opts = append(opts, llb.WithCaps(*caps))
		}
		def, err := sm.State.Marshal(ctx, opts...)
		if err != nil {
			return nil, err
		}
		info.Definition = def.ToPB()
	}
	return info, nil
}

// end adds the source files, and the last op, which only refers to the result.
func (m *marshaller) end(ctx context.Context, out llb.Output) error {
	for _, sm := range m.files {
		info, err := m.info(ctx, sm)
		if err != nil {
			return err
		}
		m.def.Source.Infos = append(m.def.Source.Infos, info)
	}
	in, err := out.ToInput(ctx, m.constraints)
	if err != nil {
		return err
	}
	dt, err := marshal(&pb.Op{Inputs: []*pb.Input{in}})
	if err != nil {
		return err
	}
	caps := map[string]bool{string(pb.CapConstraints): true, string(pb.CapPlatform): true}
	for _, meta := range m.def.Metadata {
		if meta.IgnoreCache {
			caps[string(pb.CapMetaIgnoreCache)] = true
		}
		if meta.Description != nil {
			caps[string(pb.CapMetaDescription)] = true
		}
		if meta.ExportCache != nil {
			caps[string(pb.CapMetaExportCache)] = true
		}
	}
	m.def.Def = append(m.def.Def, dt)
	m.def.Metadata[string(digestOf(dt))] = &pb.OpMetadata{Caps: caps}
	return nil
}

// mergeMeta merges the metadata of two vertices with the same op. The later one
// takes precedence.
func mergeMeta(a, b *pb.OpMetadata) *pb.OpMetadata {
	return &pb.OpMetadata{
		IgnoreCache:    a.IgnoreCache || b.IgnoreCache,
		Description:    mergeMaps(a.Description, b.Description),
		ExportCache:    cmp.Or(b.ExportCache, a.ExportCache),
		Caps:           mergeMaps(a.Caps, b.Caps),
		ProgressGroup:  cmp.Or(b.ProgressGroup, a.ProgressGroup),
		LinuxResources: cmp.Or(b.LinuxResources, a.LinuxResources),
	}
}

// mergeMaps returns a map with the entries of both. It may be one of the two.
func mergeMaps[V any](a, b map[string]V) map[string]V {
	if len(b) == 0 {
		return a
	}
	for key := range a {
		if _, ok := b[key]; !ok {
			merged := maps.Clone(a)
			maps.Copy(merged, b)
			return merged
		}
	}
	return b
}
