package insight

import "slices"

// sameCommand reports whether a step comes after the same command as before.
func (c *comparison) sameCommand(i, j int) bool {
	return c.corresponds(c.now.commandBefore(i), c.before.build.State.commandBefore(j))
}

// corresponds reports whether two steps are the same one, or both are none.
func (c *comparison) corresponds(p, q int) bool {
	if p < 0 || q < 0 {
		return p < 0 && q < 0
	}
	return c.before.match[p] == q
}

// orderChanges explains a step that depends on other steps than before: some are
// gone, or stand in another order, or it reads from another stage.
func (c *comparison) orderChanges(i, j int) (list []change) {
	now, before := c.now.Steps[i], c.before.build.State.Steps[j]
	if !c.before.moved[i] && !c.corresponds(now.Parent, before.Parent) {
		base := Reason{Kind: KindBase, Change: Modified}
		list = append(list, c.dependencyChanges(i, base, now.Parent, before.Parent)...)
	}
	text := Reason{Kind: KindText}
	if len(now.Reads) != len(before.Reads) {
		list = append(list, c.scoped(i, text))
	}
	for k := range min(len(now.Reads), len(before.Reads)) {
		r, old := now.Reads[k], before.Reads[k]
		switch {
		case r.Step >= 0 && old.Step >= 0:
			if !c.corresponds(r.Step, old.Step) {
				list = append(list, c.dependencyChanges(i, text, r.Step, old.Step)...)
			}
		case r.Step < 0 && old.Step < 0:
		case now.TextHash != before.TextHash:
			list = append(list, c.scoped(i, text))
		default:
			list = append(list, c.replacedContext(r, old))
		}
	}
	return list
}

// replacedContext is the change of a step that reads of a build context in the
// place of a stage, or the other way round.
func (c *comparison) replacedContext(now, before Read) change {
	r := Reason{Kind: KindContext, Change: Added}
	if now.Step < 0 {
		r.Name = c.now.Contexts[now.Context]
	} else {
		r.Name, r.Change = c.before.build.State.Contexts[before.Context], Removed
	}
	return change{Reason: r}
}

// dependencyChanges explains step i, which depends on step p where it depended on
// step q of the earlier build. Steps that are new or have moved explain
// themselves. Where none is gone, and none is new, the stage is another one; r is
// the reason for that.
func (c *comparison) dependencyChanges(i int, r Reason, p, q int) (list []change) {
	var fresh []int
	for ; p >= 0 && (c.before.match[p] < 0 || c.before.moved[p]); p = c.now.Steps[p].Parent {
		fresh = append(fresh, p)
	}
	steps := c.before.build.State.Steps
	gone := false
	for ; q >= 0; q = steps[q].Parent {
		n := c.before.back[q]
		switch {
		case n < 0 && c.before.kept[q] && !steps[q].isFrom():
			list = append(list, c.removed(q))
		case n < 0:
			gone = true
			continue
		case !c.before.moved[n]:
			gone = gone || !c.corresponds(p, q)
			return append(list, c.stageChange(i, r, p, gone && len(fresh)+len(list) == 0)...)
		case !slices.Contains(fresh, n):
			list = append(list, c.movedFrom(q))
		}
	}
	return append(list, c.stageChange(i, r, p, (gone || p >= 0) && len(fresh)+len(list) == 0)...)
}

func (c *comparison) stageChange(i int, r Reason, p int, changed bool) []change {
	if !changed {
		return nil
	}
	if r.Kind == KindBase {
		r.Name = "scratch"
		if p >= 0 {
			r.Name = c.now.Steps[p].Stage
		}
	}
	return []change{{r, c.now.Steps[i].instruction()}}
}

// added is the change of a new step. Several in a row are one change.
func (c *comparison) added(i int) change {
	s := c.now.Steps[i]
	if p := s.Parent; p >= 0 && c.before.match[p] < 0 && c.now.Steps[p].Stage == s.Stage {
		for _, ch := range c.changes[p] {
			if ch.Kind == KindStep && ch.Change == Added {
				return ch
			}
		}
	}
	return c.scoped(i, Reason{Kind: KindStep, Change: Added})
}

// removed and movedFrom are the changes of a step of the earlier build that is
// gone, or stands in another place. All steps that miss it there have that change.
func (c *comparison) removed(j int) change {
	return change{Reason{Kind: KindStep, Change: Removed}, c.before.build.State.Steps[j].instruction()}
}

func (c *comparison) movedFrom(j int) change {
	return change{Reason{Kind: KindStep, Change: Moved}, c.before.build.State.Steps[j].instruction()}
}
