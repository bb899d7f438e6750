package insight

import "slices"

// stepChanges are the new inputs of a step.
type stepChanges struct {
	// own are the changes of the step itself.
	own []change
	// below are changes of a linked step that affect only the steps after it.
	below []change
	// affected is set if the step, or a step that it depends on, has changes.
	affected bool
	// onParent is set for a linked step that depends on the step before it, for
	// example by the working directory.
	onParent bool
}

// findChanges lists the changes of each step. Cached steps are included, as
// steps after them can run because of their changes.
func (c *comparison) findChanges() {
	for i, s := range c.now.Steps {
		next := stepChanges{own: c.changesOf(i)}
		place := c.placeChanges(i)
		inherited := c.isAffected(s.Parent)
		if s.Parent >= 0 {
			place = append(place, c.changes[s.Parent].below...)
		}
		if s.Linked {
			next.below = distinct(place)
			inherited = false
		} else {
			next.own = append(place, next.own...)
		}
		for _, r := range s.Reads {
			if r.Step >= 0 {
				next.own = append(next.own, c.changes[r.Step].below...)
				inherited = inherited || c.isAffected(r.Step)
			}
		}
		next.own = distinct(next.own)
		c.dropDirectory(&next, s, inherited)
		if len(next.own) == 0 && !next.onParent && !inherited && c.before != nil && c.states[i] != Cached && !c.hasUnknownContent(i) {
			// The nearest build had the same inputs, but ended before this
			// step.
			next.own = append(next.own, c.scoped(i, Reason{Kind: KindStep, Change: Unfinished}))
		}
		next.affected = inherited || c.isAffected(s.Parent) || len(next.own)+len(next.below) > 0
		c.changes = append(c.changes, next)
	}
}

func (c *comparison) isAffected(i int) bool { return i >= 0 && c.changes[i].affected }

// dropDirectory removes the change of the working directory from a step with
// another change, or after a step with one.
func (c *comparison) dropDirectory(next *stepChanges, s StepInputs, inherited bool) {
	at := slices.IndexFunc(next.own, func(ch change) bool { return ch.Reason == directoryChanged })
	if at < 0 {
		return
	}
	next.onParent = s.Linked && c.isAffected(s.Parent)
	if inherited || next.onParent || len(next.own) > 1 {
		next.own = slices.Delete(next.own, at, at+1)
	}
}
