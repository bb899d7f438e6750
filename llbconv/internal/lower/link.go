package lower

import (
	"fmt"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/stratabuild/strata/llbconv/diag"
	"github.com/stratabuild/strata/llbconv/internal/ops"
)

// place puts the files onto the stage's filesystem: in a layer that depends on
// what is below it, or, with --link, in one that does not.
func (in instruction) place(s State, t transfer, files *fileAction, step int, text string) llb.Output {
	if !t.link || !in.canLink(t) {
		files.Base = s.Root
		return files.Op()
	}
	linked := files.Meta
	linked.Name = in.title(step, "LINK "+text, &s.Platform, s.Env)
	linked.Group = &ops.Group{Name: files.Name}
	files.Group = &ops.Group{Name: files.Name, Weak: true}
	merged := ops.Merge(linked, s.Root, files.Op())
	linked.Group.Of, files.Group.Of = merged, merged
	return merged
}

// canLink tells whether --link can hold. Where it cannot, the files are copied
// as without it, and the user is told.
func (in instruction) canLink(t transfer) bool {
	reason := ""
	switch {
	case !in.supports(pb.CapMergeOp):
		reason = "the builder does not support it; use a newer BuildKit"
	case t.chmod != "":
		reason = "it cannot be combined with --chmod"
	default:
		return true
	}
	in.warn(diag.Diagnostic{
		Code:    "LinkIgnored",
		Message: fmt.Sprintf("--link has no effect on this %s: %s", t.keyword, reason),
		Detail:  "A --link flag that does not hold makes the layer depend on the ones before it",
	})
	return false
}

// warn adds a warning of Strata's own about the instruction.
func (in instruction) warn(d diag.Diagnostic) {
	d.Ranges = append(d.Ranges, in.Location())
	in.diags.Warn(in.lint, d)
}
