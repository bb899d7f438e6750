package difftest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/encoding/protojson"
)

// Canonical dumps the operations of a definition as text: each with a label (its kind and number, or the identifier of
// its source), its fields sorted, and its inputs by their labels. It leaves out metadata.
func Canonical(def *pb.Definition) string {
	var b strings.Builder
	g := labelOps(def)
	for i, label := range g.labels {
		fmt.Fprintf(&b, "%s\n", label)
		for n, in := range g.ops[i].Inputs {
			fmt.Fprintf(&b, "  input %d: %s:%d\n", n, g.names[in.Digest], in.Index)
		}
		fields, ok := g.fields(i).(map[string]any)
		if !ok {
			continue
		}
		delete(fields, "inputs")
		writeFields(&b, "  ", fields)
	}
	return b.String()
}

// Indent shows JSON readably.
func Indent(data []byte) string {
	if data == nil {
		return "none\n"
	}
	var b strings.Builder
	writeFields(&b, "", decoded(data, nil))
	return b.String()
}

// graph holds the parts of a definition.
type graph struct {
	ops     []*pb.Op
	digests []string
	labels  []string
	names   map[string]string
}

// labelOps labels the operations. Numbers count within a kind, so that a new operation renames only those of its kind.
func labelOps(def *pb.Definition) graph {
	g := graph{names: map[string]string{}}
	if def == nil {
		return g
	}
	counts := map[string]int{}
	for _, dt := range def.Def {
		op := &pb.Op{}
		if err := op.UnmarshalVT(dt); err != nil {
			op = &pb.Op{}
		}
		kind := kindOf(op)
		counts[kind]++
		label := kind
		if op.GetSource() == nil || counts[kind] > 1 {
			label += " #" + strconv.Itoa(counts[kind])
		}
		dgst := string(digest.FromBytes(dt))
		g.ops, g.digests, g.labels = append(g.ops, op), append(g.digests, dgst), append(g.labels, label)
		g.names[dgst] = label
	}
	return g
}

func kindOf(op *pb.Op) string {
	switch op.Op.(type) {
	case *pb.Op_Source:
		return "source " + op.GetSource().Identifier
	case *pb.Op_Exec:
		return "exec"
	case *pb.Op_File:
		return "file"
	case *pb.Op_Merge:
		return "merge"
	case *pb.Op_Diff:
		return "diff"
	case *pb.Op_Build:
		return "build"
	}
	return "result"
}

// fields returns an operation as plain values.
func (g graph) fields(i int) any {
	dt, err := protojson.Marshal(g.ops[i])
	return decoded(dt, err)
}

func decoded(dt []byte, err error) any {
	var v any
	if err == nil {
		err = json.Unmarshal(dt, &v)
	}
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return v
}

// writeFields writes nested values, one on each line, with the keys of a map sorted.
func writeFields(b *strings.Builder, indent string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			writeField(b, indent, k, v[k])
		}
	case []any:
		for i, e := range v {
			writeField(b, indent, "- "+strconv.Itoa(i), e)
		}
	default:
		fmt.Fprintf(b, "%s%s\n", indent, scalar("", v))
	}
}

func writeField(b *strings.Builder, indent, key string, v any) {
	switch v.(type) {
	case map[string]any, []any:
		fmt.Fprintf(b, "%s%s:\n", indent, key)
		writeFields(b, indent+"  ", v)
	default:
		fmt.Fprintf(b, "%s%s: %s\n", indent, key, scalar(key, v))
	}
}

// scalar quotes text; the content of inline files, base64 in the JSON, is decoded.
func scalar(key string, v any) string {
	s, ok := v.(string)
	if !ok {
		return fmt.Sprint(v)
	}
	if key == "data" {
		if dt, err := base64.StdEncoding.DecodeString(s); err == nil {
			return strconv.Quote(string(dt))
		}
	}
	return strconv.Quote(s)
}
