package llbconv_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	"google.golang.org/protobuf/encoding/protojson"
)

// dump shows a graph as text: each op under its kind and number, then its name and
// its lines in the Dockerfile, its inputs, and its fields. Digests are cut, because
// only their presence matters.
func dump(def *pb.Definition) string {
	if def == nil {
		return ""
	}
	var b strings.Builder
	labels := map[string]string{}
	counts := map[string]int{}
	groups := map[string]string{}
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			return err.Error()
		}
		id := digest.FromBytes(dt).String()
		labels[id] = label(&op, counts)
		fmt.Fprintf(&b, "%s\n", labels[id])
		writeMetadata(&b, def, id, groups)
		for _, in := range op.Inputs {
			fmt.Fprintf(&b, "  input: %s, output %d\n", labels[in.Digest], in.Index)
		}
		op.Inputs = nil
		fields, _ := protojson.Marshal(&op)
		writeJSON(&b, fields)
	}
	return shortDigest(b.String())
}

func label(op *pb.Op, counts map[string]int) string {
	kind := "result"
	switch op.Op.(type) {
	case *pb.Op_Source:
		kind = "source " + op.GetSource().Identifier
		if counts[kind]++; counts[kind] == 1 {
			return kind
		}
		return kind + " #" + strconv.Itoa(counts[kind])
	case *pb.Op_Exec:
		kind = "exec"
	case *pb.Op_File:
		kind = "file"
	case *pb.Op_Merge:
		kind = "merge"
	}
	counts[kind]++
	return kind + " " + strconv.Itoa(counts[kind])
}

// writeMetadata writes the parts that are not in the cache key. The ids of progress
// groups are random; dump replaces them by numbers.
func writeMetadata(b *strings.Builder, def *pb.Definition, id string, groups map[string]string) {
	md := def.Metadata[id]
	if name := md.GetDescription()["llb.customname"]; name != "" {
		fmt.Fprintf(b, "  name: %s\n", name)
	}
	if g := md.GetProgressGroup(); g != nil {
		if groups[g.Id] == "" {
			groups[g.Id] = strconv.Itoa(len(groups) + 1)
		}
		fmt.Fprintf(b, "  group: %s %s (weak: %v)\n", groups[g.Id], g.Name, g.Weak)
	}
	if md.GetIgnoreCache() {
		fmt.Fprintf(b, "  ignores the cache\n")
	}
	for _, loc := range def.Source.GetLocations()[id].GetLocations() {
		var numbers []string
		for _, r := range loc.Ranges {
			for n := r.Start.Line; n <= r.End.Line; n++ {
				numbers = append(numbers, strconv.Itoa(int(n)))
			}
		}
		fmt.Fprintf(b, "  lines: %s\n", strings.Join(numbers, " "))
	}
}

var digests = regexp.MustCompile(`(sha256:[0-9a-f]{8})[0-9a-f]{56}`)

func shortDigest(text string) string { return digests.ReplaceAllString(text, "$1") }

// writeJSON writes the fields of an object, sorted. A value that is short enough is
// written on one line.
func writeJSON(b *strings.Builder, object []byte) {
	var fields map[string]any
	if err := json.Unmarshal(object, &fields); err != nil {
		fmt.Fprintf(b, "%v\n", err)
	}
	writeFields(b, "  ", fields)
}

func writeFields(b *strings.Builder, indent string, fields map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if text := inline(key, fields[key]); text != "{}" {
			writeValue(b, indent, key+":", text, fields[key])
		}
	}
}

func writeValue(b *strings.Builder, indent, key, text string, v any) {
	if len(text) <= 130 || !nested(v) {
		fmt.Fprintf(b, "%s%s %s\n", indent, key, text)
		return
	}
	fmt.Fprintf(b, "%s%s\n", indent, key)
	switch v := v.(type) {
	case map[string]any:
		writeFields(b, indent+"  ", v)
	case []any:
		for _, e := range v {
			writeValue(b, indent+"  ", "-", inline("", e), e)
		}
	}
}

func nested(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// inline writes a value on one line.
func inline(key string, v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, k+": "+inline(k, v[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, inline("", e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return strconv.Quote(content(key, v))
	}
	return fmt.Sprint(v)
}

// content decodes the content of inline files.
func content(key, text string) string {
	if data, err := base64.StdEncoding.DecodeString(text); key == "data" && err == nil {
		return string(data)
	}
	return text
}
