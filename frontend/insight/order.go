package insight

import "slices"

// sameCommand reports whether a step follows the same command as before.
func (c *comparison) sameCommand(i, j int) bool {
	return c.corresponds(c.now.commandBefore(i), c.before.build.State.commandBefore(j))
}

// corresponds reports whether two steps correspond to each other, or neither
// exists.
func (c *comparison) corresponds(p, q int) bool {
	if p < 0 || q < 0 {
		return p < 0 && q < 0
	}
	return c.before.match[p] == q
}

// placeChanges explains a step that follows other steps than before: steps were
// removed or moved.
func (c *comparison) placeChanges(i int) []change {
	if c.before == nil || c.before.match[i] < 0 || c.now.Steps[i].Forced {
		return nil
	}
	j := c.before.match[i]
	now, before := c.now.Steps[i], c.before.build.State.Steps[j]
	p, q := now.Parent, before.Parent
	switch {
	case c.before.moved[i]:
		return []change{c.movedFrom(j)}
	case now.onContext() && !before.onContext():
		return []change{c.replacedContext(now.Reads[0], Read{})}
	case before.onContext() && !now.onContext():
		return []change{c.replacedContext(Read{}, before.Reads[0])}
	case c.corresponds(p, q):
		return nil
	}
	return c.dependencyChanges(i, Reason{Kind: KindBase, Change: Modified}, p, q)
}

// sourceChanges explains a step that reads from other stages than before.
func (c *comparison) sourceChanges(i, j int) (list []change) {
	now, before := c.now.Steps[i], c.before.build.State.Steps[j]
	text := Reason{Kind: KindText}
	reads, earlier := aligned(now, before)
	if len(reads) != len(earlier) {
		list = append(list, c.scoped(i, text))
	}
	for k := range min(len(reads), len(earlier)) {
		r, old := reads[k], earlier[k]
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

// replacedContext is the change of a step that depends on a build context instead of
// a step, or the other way round.
func (c *comparison) replacedContext(now, before Read) change {
	r := Reason{Kind: KindContext, Change: Added}
	if now.Step < 0 {
		r.Name = c.now.Contexts[now.Context]
	} else {
		r.Name, r.Change = c.before.build.State.Contexts[before.Context], Removed
	}
	return change{Reason: r}
}

// dependencyChanges explains step i, which depends on step p and depended on
// step q in the earlier build. New and moved steps explain themselves. If no
// step was removed or added, the stage is another one; r is the reason for
// that.
func (c *comparison) dependencyChanges(i int, r Reason, p, q int) (list []change) {
	var fresh []int
	for ; p >= 0 && (c.before.match[p] < 0 || c.before.moved[p]); p = c.now.Steps[p].Parent {
		fresh = append(fresh, p)
	}
	var gone []change // with their stage, or the image that the stage was built on
	steps := c.before.build.State.Steps
	for ; q >= 0; q = steps[q].Parent {
		switch n := c.before.back[q]; {
		case n >= 0 && !c.before.moved[n]:
			if c.corresponds(p, q) {
				return append(list, gone...)
			}
			return append(list, c.stageChange(i, r, p, len(fresh)+len(list) == 0)...)
		case n >= 0:
			if !slices.Contains(fresh, n) {
				list = append(list, c.movedFrom(q))
			}
		case c.before.kept[q] && !steps[q].isFrom():
			list = append(list, c.removed(q))
		default:
			gone = append(gone, c.removed(q))
		}
	}
	return append(list, c.stageChange(i, r, p, (len(gone) > 0 || p >= 0) && len(fresh)+len(list) == 0)...)
}

// stageChange is the change of step i that depends on step p of another stage,
// or on none.
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

// added is the change of a new step. Adjacent new steps share one change.
func (c *comparison) added(i int) change {
	s := c.now.Steps[i]
	if p := s.Parent; p >= 0 && c.before.match[p] < 0 && c.now.Steps[p].Stage == s.Stage {
		for _, ch := range c.changes[p].own {
			if ch.Kind == KindStep && ch.Change == Added {
				return ch
			}
		}
	}
	return c.scoped(i, Reason{Kind: KindStep, Change: Added})
}

// removed and movedFrom are the changes for a step of the earlier build that
// was removed, or moved. All steps that depended on it share the change.
func (c *comparison) removed(j int) change {
	return change{Reason{Kind: KindStep, Change: Removed}, c.before.build.State.Steps[j].instruction()}
}

func (c *comparison) movedFrom(j int) change {
	return change{Reason{Kind: KindStep, Change: Moved}, c.before.build.State.Steps[j].instruction()}
}
