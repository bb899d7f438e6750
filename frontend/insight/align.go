package insight

// An alignment pairs each step with the corresponding step of an earlier build.
type alignment struct {
	// match holds the steps of the earlier build, -1 for none. back is its
	// inverse.
	match, back []int
	// moved is set for steps that are at another place than before.
	moved []bool
	// kept is set for the steps of the earlier build whose stage still exists.
	kept []bool
	// newPlatform is set for steps of a platform that the earlier build does
	// not have.
	newPlatform []bool
}

// align pairs the steps of corresponding stages. Steps with the same text come
// first, in order and then in any order, then steps with the same keyword
// between them.
func align(now, before State, ours, theirs []stepKey) alignment {
	a := alignment{
		match:       none(len(now.Steps)),
		back:        none(len(before.Steps)),
		moved:       make([]bool, len(now.Steps)),
		kept:        make([]bool, len(before.Steps)),
		newPlatform: make([]bool, len(now.Steps)),
	}
	for _, p := range pairStages(now, before, ours, theirs) {
		for _, i := range p.now {
			a.newPlatform[i] = p.newPlatform
		}
		for _, j := range p.before {
			a.kept[j] = true
		}
		a.alignStage(now, before, p.now, p.before)
	}
	return a
}

func none(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = -1
	}
	return list
}

func (al *alignment) pair(i, j int) { al.match[i], al.back[j] = j, i }

// alignStage aligns the steps of one stage.
func (al *alignment) alignStage(now, before State, a, b []int) {
	pairs := subsequence(a, b, func(i, j int) bool { return now.Steps[i].TextHash == before.Steps[j].TextHash })
	for _, pair := range pairs {
		al.pair(a[pair[0]], b[pair[1]])
	}
	al.findMoved(now, before, a, b)
	sameKeyword := func(i, j int) bool { return now.Steps[i].Keyword == before.Steps[j].Keyword }
	start := [2]int{}
	for _, end := range append(pairs, [2]int{len(a), len(b)}) {
		restA, restB := unpaired(a[start[0]:end[0]], al.match), unpaired(b[start[1]:end[1]], al.back)
		for _, pair := range subsequence(restA, restB, sameKeyword) {
			al.pair(restA[pair[0]], restB[pair[1]])
		}
		start = [2]int{end[0] + 1, end[1] + 1}
	}
}

// findMoved pairs steps with the same text at different places.
func (al *alignment) findMoved(now, before State, a, b []int) {
	left := map[string][]int{}
	for _, j := range unpaired(b, al.back) {
		text := before.Steps[j].TextHash
		left[text] = append(left[text], j)
	}
	for _, i := range unpaired(a, al.match) {
		text := now.Steps[i].TextHash
		if same := left[text]; len(same) > 0 {
			al.pair(i, same[0])
			al.moved[i] = true
			left[text] = same[1:]
		}
	}
}

// unpaired returns the steps of a list that are not paired.
func unpaired(steps, partner []int) (rest []int) {
	for _, i := range steps {
		if partner[i] < 0 {
			rest = append(rest, i)
		}
	}
	return rest
}
