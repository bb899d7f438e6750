package lower

import (
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// A Step is an instruction that makes a filesystem.
type Step struct {
	// Text is the instruction as written.
	Text     string
	Location []parser.Range
	// Op makes the filesystem. Layer is the op that copies the files of a linked
	// COPY or ADD, nil for others.
	Op, Layer llb.Output
	// Parts are parts of the cache key that stem from variables in the
	// instruction, and from flags about the cache.
	Parts []ops.KeyPart
	// IgnoreCache is set if the client asked for the step to ignore the cache.
	IgnoreCache bool
}

// record records the step of an instruction.
func (in instruction) record(before State, step Step) {
	step.Location = in.location()
	step.IgnoreCache = before.ignoreCache
	if in.step.Instruction.OnBuild {
		step.Text = "ONBUILD " + step.Text
	}
	if len(in.used) > 0 {
		step.Parts = slices.Grow(step.Parts, len(in.used))
		for _, name := range slices.Sorted(maps.Keys(in.used)) {
			value, _ := before.Vars.all.Get(name)
			step.Parts = append(step.Parts, ops.KeyPart{Kind: ops.KeyVariable, Name: name, Value: value})
		}
	}
	if text := documents(in.step.Instruction.Command); text != "" {
		step.Parts = append(step.Parts, ops.KeyPart{Kind: ops.KeyOrigin, Name: "here-document", Value: text})
	}
	in.stage.steps = append(in.stage.steps, step)
}

// documents returns the text of the here-documents of an instruction. That of only one
// is not copied: it can have megabytes.
func documents(c instructions.Command) string {
	var texts []string
	add := func(contents []instructions.SourceContent) {
		for _, content := range contents {
			texts = append(texts, content.Data)
		}
	}
	switch c := c.(type) {
	case *instructions.RunCommand:
		for _, f := range c.Files {
			texts = append(texts, f.Data)
		}
	case *instructions.CopyCommand:
		add(c.SourceContents)
	case *instructions.AddCommand:
		add(c.SourceContents)
	}
	return strings.Join(texts, "")
}

// freshnessParts returns a part of the salt as a part of the cache key. A period also
// has its TTL as an origin.
func freshnessParts(salt string) []ops.KeyPart {
	name, value, _ := strings.Cut(salt, "=")
	parts := []ops.KeyPart{{Kind: ops.KeyFreshness, Name: name, Value: value}}
	if name == "ttl" {
		ttl, _, _ := strings.Cut(value, "/")
		parts = append(parts, ops.KeyPart{Kind: ops.KeyOrigin, Name: "cache-ttl", Value: ttl})
	}
	return parts
}
