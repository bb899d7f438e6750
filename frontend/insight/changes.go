package insight

import "slices"

// changes are the new inputs of a step.
type changes struct {
	// own are those that the step itself has.
	own []change
	// below are those of a linked step that only the steps after it have.
	below []change
	// affected is set where anything is new, of the step or of those that it
	// depends on.
	affected bool
	// onParent is set for a linked step that depends on the step before it, as on
	// the working directory.
	onParent bool
}

// findChanges lists the changes of each step, also of those that are cached: a
// step after them can run because of them.
func (c *comparison) findChanges() {
	c.forcedBy = forcedBy(c.now)
	for i, s := range c.now.Steps {
		next := changes{own: c.changesOf(i)}
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
		if len(next.own) == 0 && !next.onParent && !inherited && c.before != nil && c.states[i] != Cached && !c.isUnsure(i) {
			// The nearest build had the same inputs. It did not get that far.
			next.own = append(next.own, c.scoped(i, Reason{Kind: KindStep, Change: Unfinished}))
		}
		next.affected = inherited || c.isAffected(s.Parent) || len(next.own)+len(next.below) > 0
		c.changes = append(c.changes, next)
	}
}

func (c *comparison) isAffected(i int) bool { return i >= 0 && c.changes[i].affected }

// dropDirectory leaves the working directory out of the changes of a step where
// another one, or a step before it, accounts for it.
func (c *comparison) dropDirectory(next *changes, s StepInputs, inherited bool) {
	at := slices.IndexFunc(next.own, func(ch change) bool { return ch.Reason == directoryChanged })
	if at < 0 {
		return
	}
	next.onParent = s.Linked && c.isAffected(s.Parent)
	if inherited || next.onParent || len(next.own) > 1 {
		next.own = slices.Delete(next.own, at, at+1)
	}
}
