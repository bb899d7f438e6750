package lower

import (
	"fmt"

	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// place puts the files on the filesystem of the stage, in a layer that depends on
// the layers below it, or, with --link, in a layer that does not. linkName is the
// name of the op that merges such a layer.
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

// canLink reports whether --link is possible. If it is not, there is a warning, and
// the files are copied without it.
func (in instruction) canLink(spec copySpec) bool {
	reason := ""
	switch {
	case !in.run.supports(pb.CapMergeOp):
		reason = "this BuildKit does not support it; use a newer one"
	case spec.chmod != "":
		reason = "it cannot be combined with --chmod"
	default:
		return true
	}
	in.warn(diag.Diagnostic{
		Kind:    diag.Kind{Code: "LinkIgnored", Detail: "Without --link a layer depends on the ones before it"},
		Message: fmt.Sprintf("--link has no effect on this %s: %s", spec.keyword, reason),
	})
	return false
}

// warn adds a warning of Strata's own about the instruction.
func (in instruction) warn(d diag.Diagnostic) {
	d.Range = in.location()
	in.run.found.Warn(in.lint, d)
}
