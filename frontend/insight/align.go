package insight

// align finds, for each step of a build, the step of an earlier build that it
// corresponds to, -1 where there is none. Steps correspond in the same stage and
// for the same platform: those with the same text first, then those with the same
// keyword between them.
func align(now, before State) []int {
	match := make([]int, len(now.Steps))
	for i := range match {
		match[i] = -1
	}
	ours, theirs := now.stages(), before.stages()
	for stage, a := range ours {
		b := theirs[stage]
		same := func(i, j int) bool { return now.Steps[i].TextHash == before.Steps[j].TextHash }
		pairs := subsequence(a, b, same)
		for k, pair := range append(pairs, [2]int{len(a), len(b)}) {
			from := [2]int{}
			if k > 0 {
				from = [2]int{pairs[k-1][0] + 1, pairs[k-1][1] + 1}
			}
			fill(match, now, before, a[from[0]:pair[0]], b[from[1]:pair[1]])
			if k < len(pairs) {
				match[a[pair[0]]] = b[pair[1]]
			}
		}
	}
	return match
}

type stageKey struct{ platform, stage string }

// stages lists the steps of each stage.
func (st State) stages() map[stageKey][]int {
	stages := map[stageKey][]int{}
	for i, s := range st.Steps {
		key := stageKey{s.Platform, s.Stage}
		stages[key] = append(stages[key], i)
	}
	return stages
}

// fill matches steps between two that have been matched, by their keywords.
func fill(match []int, now, before State, a, b []int) {
	same := func(i, j int) bool { return now.Steps[i].Keyword == before.Steps[j].Keyword }
	for _, pair := range subsequence(a, b, same) {
		match[a[pair[0]]] = b[pair[1]]
	}
}

// subsequence returns the places of a longest common subsequence. Of very long
// lists it takes the first matches.
func subsequence(a, b []int, same func(i, j int) bool) (pairs [][2]int) {
	first := 0
	for first < len(a) && first < len(b) && same(a[first], b[first]) {
		pairs = append(pairs, [2]int{first, first})
		first++
	}
	endA, endB := len(a), len(b)
	for endA > first && endB > first && same(a[endA-1], b[endB-1]) {
		endA, endB = endA-1, endB-1
	}
	if (endA-first)*(endB-first) <= maxDiff {
		pairs = append(pairs, middle(a[first:endA], b[first:endB], first, same)...)
	}
	for ; endA < len(a); endA, endB = endA+1, endB+1 {
		pairs = append(pairs, [2]int{endA, endB})
	}
	return pairs
}

// middle is the subsequence of two lists that begin at an offset.
func middle(a, b []int, offset int, same func(i, j int) bool) (pairs [][2]int) {
	best := make([][]int, len(a)+1)
	for i := range best {
		best[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if same(a[i], b[j]) {
				best[i][j] = best[i+1][j+1] + 1
			} else {
				best[i][j] = max(best[i+1][j], best[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case same(a[i], b[j]):
			pairs = append(pairs, [2]int{i + offset, j + offset})
			i, j = i+1, j+1
		case best[i+1][j] >= best[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
