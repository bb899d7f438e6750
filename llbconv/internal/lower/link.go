package lower

import (
	"fmt"

	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// place puts the files onto the stage's filesystem: in a layer that depends on
// what is below it, or, with --link, in one that does not. linkName is shown for
// the op that puts such a layer in its place.
func (in instruction) place(s State, spec copySpec, file ops.File, meta ops.Meta, linkName string) Step {
	if !spec.link || !in.canLink(spec) {
		file.Base = s.Root
		return Step{Op: file.Op(meta)}
	}
	linked := meta
	linked.Name = linkName
	linked.Group = &ops.Group{Name: meta.Name}
	meta.Group = &ops.Group{Name: meta.Name, Weak: true}
	layer := file.Op(meta)
	merged := ops.Merge(linked, s.Root, layer)
	linked.Group.Of, meta.Group.Of = merged, merged
	return Step{Op: merged, Layer: layer}
}

// canLink reports whether --link can hold. Where it cannot, the files are copied
// as without it, with a warning.
func (in instruction) canLink(spec copySpec) bool {
	reason := ""
	switch {
	case !in.run.supports(pb.CapMergeOp):
		reason = "the builder does not support it; use a newer BuildKit"
	case spec.chmod != "":
		reason = "it cannot be combined with --chmod"
	default:
		return true
	}
	in.warn(diag.Diagnostic{
		Code:    "LinkIgnored",
		Message: fmt.Sprintf("--link has no effect on this %s: %s", spec.keyword, reason),
		Detail:  "A --link flag that does not hold makes the layer depend on the ones before it",
	})
	return false
}

// warn adds a warning of Strata's own about the instruction.
func (in instruction) warn(d diag.Diagnostic) {
	d.Range = in.location()
	in.run.found.Warn(in.lint, d)
}
