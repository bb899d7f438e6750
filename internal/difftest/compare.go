package difftest

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/pb"
)

// Compare returns the differences of two results, each as a line or a short text.
//
// Errors count as equal when both conversions fail; Differences compares their text and places. The metadata of the
// operations (names, progress groups, positions) is for CompareMetadata.
func Compare(want, got Result) []string {
	var diffs []string
	add := func(format string, args ...any) { diffs = append(diffs, fmt.Sprintf(format, args...)) }
	if (want.Err == nil) != (got.Err == nil) {
		add("error: want %v, got %v", want.Err, got.Err)
		return diffs
	}
	if want.Err == nil {
		if !slices.EqualFunc(ops(want.Definition), ops(got.Definition), bytes.Equal) {
			add("operations:\n%s", DiffText(Canonical(want.Definition), Canonical(got.Definition)))
		}
		if !bytes.Equal(want.Image, got.Image) {
			add("image:\n%s", DiffText(Indent(want.Image), Indent(got.Image)))
		}
		if !bytes.Equal(want.BaseImage, got.BaseImage) {
			add("base image:\n%s", DiffText(Indent(want.BaseImage), Indent(got.BaseImage)))
		}
		if a, b := fmt.Sprint(want.Epoch), fmt.Sprint(got.Epoch); a != b {
			add("epoch: want %s, got %s", a, b)
		}
		if a, b := scanText(want), scanText(got); a != b {
			add("scan targets:\n%s", DiffText(a, b))
		}
		// Strata also repeats the scan of files from stages that run again.
		if want.IgnoreCache && !got.IgnoreCache {
			add("ignore cache: want true, got false")
		}
	}
	if a, b := WarningText(want.Warnings), WarningText(got.Warnings); a != b {
		add("warnings:\n%s", DiffText(a, b))
	}
	return diffs
}

func ops(def *pb.Definition) [][]byte {
	if def == nil {
		return nil
	}
	return def.Def
}

// scanText dumps the scan targets.
func scanText(r Result) string {
	var names []string
	for name := range r.Scan {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "scan %s\n%s", name, Canonical(r.Scan[name]))
	}
	return b.String()
}

// WarningText dumps warnings, sorted, as the order of the reference is random.
func WarningText(warnings []Warning) string {
	lines := make([]string, 0, len(warnings))
	sorted := slices.Clone(warnings)
	slices.SortStableFunc(sorted, func(a, b Warning) int { return cmp.Compare(firstLine(a), firstLine(b)) })
	for _, w := range sorted {
		lines = append(lines, fmt.Sprintf("%04d %s: %s %v", firstLine(w), w.Rule, w.Message, w.Ranges))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func firstLine(w Warning) int {
	if len(w.Ranges) == 0 {
		return 0
	}
	return w.Ranges[0].Start.Line
}

// DiffText shows the lines that only one of two texts has, each group after the common line before it.
func DiffText(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	var out strings.Builder
	common := commonLines(a, b)
	i, j := 0, 0
	for _, pair := range append(common, [2]int{len(a), len(b)}) {
		if (i < pair[0] || j < pair[1]) && i > 0 {
			fmt.Fprintf(&out, "  %s\n", a[i-1])
		}
		for ; i < pair[0]; i++ {
			fmt.Fprintf(&out, "- %s\n", a[i])
		}
		for ; j < pair[1]; j++ {
			fmt.Fprintf(&out, "+ %s\n", b[j])
		}
		i, j = pair[0]+1, pair[1]+1
	}
	return out.String()
}

// commonLines returns the indexes of a longest common subsequence.
func commonLines(a, b []string) [][2]int {
	best := make([][]int, len(a)+1)
	for i := range best {
		best[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				best[i][j] = best[i+1][j+1] + 1
			} else {
				best[i][j] = max(best[i+1][j], best[i][j+1])
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i++
			j++
		case best[i+1][j] >= best[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
