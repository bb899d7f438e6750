package difftest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"google.golang.org/protobuf/encoding/protojson"
)

// described is an operation's label and its metadata, one field on each line.
type described struct {
	label string
	lines []string
}

// Metadata dumps the metadata of operations under the labels of Canonical: names, positions, groups. The random ids of
// groups become numbers in order of appearance.
func Metadata(def *pb.Definition) string {
	var b strings.Builder
	for _, op := range describe(def) {
		fmt.Fprintf(&b, "%s\n", op.label)
		for _, line := range op.lines {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

func describe(def *pb.Definition) []described {
	var out []described
	g := labelOps(def)
	groups := map[string]string{}
	for i, label := range g.labels {
		op := described{label: label}
		if md := def.Metadata[g.digests[i]]; md != nil {
			op.lines = metadataLines(md, groups)
		}
		for _, loc := range def.Source.GetLocations()[g.digests[i]].GetLocations() {
			for _, r := range loc.Ranges {
				op.lines = append(op.lines, fmt.Sprintf("at %d: %d.%d-%d.%d", loc.SourceIndex,
					r.Start.Line, r.Start.Character, r.End.Line, r.End.Character))
			}
		}
		out = append(out, op)
	}
	return out
}

// metadataLines leaves out an empty instruction, which the reference writes for an op without one.
func metadataLines(md *pb.OpMetadata, groups map[string]string) []string {
	if group := md.ProgressGroup; group != nil {
		if groups[group.Id] == "" {
			groups[group.Id] = fmt.Sprintf("group%d", len(groups)+1)
		}
		md = md.CloneVT()
		md.ProgressGroup.Id = groups[group.Id]
	}
	dt, err := protojson.Marshal(md)
	lines := flatten("", decoded(dt, err))
	return slices.DeleteFunc(lines, func(line string) bool {
		return line == `description.com.docker.dockerfile.v1.command: ""`
	})
}

// flatten writes nested fields as lines "outer.inner: value".
func flatten(name string, v any) []string {
	fields, ok := v.(map[string]any)
	if !ok {
		return []string{name + ": " + scalar("", v)}
	}
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		lines = append(lines, flatten(strings.TrimPrefix(name+"."+key, "."), fields[key])...)
	}
	return lines
}

// MetadataDiff holds the lines of an operation's metadata that only one of the two has.
type MetadataDiff struct {
	Op        string
	Want, Got []string
}

func (d MetadataDiff) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "metadata of %s:\n", d.Op)
	for _, line := range d.Want {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	for _, line := range d.Got {
		fmt.Fprintf(&b, "+ %s\n", line)
	}
	return b.String()
}

// CompareMetadata returns the differences in the metadata of the same operations.
func CompareMetadata(want, got Result) []MetadataDiff {
	var diffs []MetadataDiff
	a, b := describe(want.Definition), describe(got.Definition)
	for i := range min(len(a), len(b)) {
		d := MetadataDiff{Op: a[i].label, Want: onlyIn(a[i].lines, b[i].lines), Got: onlyIn(b[i].lines, a[i].lines)}
		if len(d.Want)+len(d.Got) > 0 {
			diffs = append(diffs, d)
		}
	}
	return diffs
}

// onlyIn returns the lines of one list that the other does not have, or has less often.
func onlyIn(lines, other []string) []string {
	var only []string
	rest := slices.Clone(other)
	for _, line := range lines {
		if i := slices.Index(rest, line); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		} else {
			only = append(only, line)
		}
	}
	return only
}
