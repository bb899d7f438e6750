package insight

// subsequence returns the indexes of a longest common subsequence of two lists.
// For very long lists it returns only the common start and end.
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
		for _, pair := range longest(a[first:endA], b[first:endB], same) {
			pairs = append(pairs, [2]int{pair[0] + first, pair[1] + first})
		}
	}
	for ; endA < len(a); endA, endB = endA+1, endB+1 {
		pairs = append(pairs, [2]int{endA, endB})
	}
	return pairs
}

// longest is subsequence with a full table.
func longest(a, b []int, same func(i, j int) bool) (pairs [][2]int) {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
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
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case best[i+1][j] >= best[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
