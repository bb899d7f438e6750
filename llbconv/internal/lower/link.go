package lower

import (
	"fmt"

	"github.com/containerd/platforms"
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
	group := in.groupID(step)
	linked := files.Meta
	linked.Name = in.title(step, "LINK "+text, &s.Platform, s.Env)
	linked.Group = &pb.ProgressGroup{Id: group, Name: files.Name}
	files.Group = &pb.ProgressGroup{Id: group, Name: files.Name, Weak: true}
	return ops.Merge(linked, s.Root, files.Op())
}

// groupID tells the group of a step from all others that a client shows at the
// same time: those of other stages and of other platforms.
func (in instruction) groupID(step int) string {
	return fmt.Sprintf("%s/%d/%d", platforms.FormatAll(in.Platforms.Target), in.node.Location[0].Start.Line, step)
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
