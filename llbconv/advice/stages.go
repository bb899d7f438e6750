package advice

import "slices"

// needed calls f for each stage that is built.
func (v *view) needed(f func(stage)) {
	for _, s := range v.stages {
		if s.source.Needed {
			f(s)
		}
	}
}

// chain returns the stage and the stages that it is built on, starting with the
// lowest.
func (v *view) chain(s stage) []stage {
	if s.source.BaseStage < 0 {
		return []stage{s}
	}
	return append(v.chain(v.stages[s.source.BaseStage]), s)
}

// below returns the steps of the stages that a stage is built on, and its own.
func (v *view) below(s stage) (steps []*step) {
	if s.source.BaseStage < 0 {
		return s.steps
	}
	for _, below := range v.chain(s) {
		steps = append(steps, below.steps...)
	}
	return steps
}

// before returns the steps before the i-th one of a stage, with those of the stages
// that it is built on.
func (v *view) before(s stage, i int) []*step {
	all := v.below(s)
	return all[:len(all)-len(s.steps)+i]
}

// any reports whether f is true for a step of the file.
func (v *view) any(f func(*step) bool) bool {
	return slices.ContainsFunc(v.stages, func(s stage) bool { return slices.ContainsFunc(s.steps, f) })
}

// anyBelow returns for each stage whether f is true for a step of the stages that it is
// built on.
func (v *view) anyBelow(f func(*step) bool) []bool {
	below := make([]bool, len(v.stages))
	for i, s := range v.stages {
		if base := s.source.BaseStage; base >= 0 {
			below[i] = below[base] || slices.ContainsFunc(v.stages[base].steps, f)
		}
	}
	return below
}

// anyAbove returns for each stage whether f is true for a step of the stages that are
// built on it.
func (v *view) anyAbove(f func(*step) bool) []bool {
	above := make([]bool, len(v.stages))
	for i, s := range slices.Backward(v.stages) {
		if base := s.source.BaseStage; base >= 0 && !above[base] {
			above[base] = above[i] || slices.ContainsFunc(s.steps, f)
		}
	}
	return above
}

// onTop returns the steps of the stages that are built on a stage.
func (v *view) onTop(s stage) (steps []*step) {
	above := map[int]bool{s.index: true}
	for _, other := range v.stages[s.index+1:] {
		if base := other.source.BaseStage; base >= 0 && above[base] {
			above[other.index] = true
			steps = append(steps, other.steps...)
		}
	}
	return steps
}

// family returns the steps of a stage, of the stages that it is built on, and of
// the stages that are built on it.
func (v *view) family(s stage) []*step { return slices.Concat(v.below(s), v.onTop(s)) }
