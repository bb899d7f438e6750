package insight

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"slices"
)

// Content is the files that a step reads of a build context, in the order of
// their paths.
type Content []File

// A File is what BuildKit compares of a file: never its time.
type File struct {
	// Path is the place in the context. Name is what counts of it: the path below
	// the directory that is copied.
	Path string      `json:"p"`
	Name string      `json:"n,omitempty"`
	Mode fs.FileMode `json:"m"`
	// Hash is the salted hash of the content, empty for what is no regular file.
	Hash string `json:"h,omitempty"`
	// Target is where a symbolic link points to.
	Target string `json:"t,omitempty"`
	// Lines are short hashes of the lines of a text file, nil where they are not
	// counted.
	Lines []uint32 `json:"l,omitempty"`
}

// digest is the same for the same files.
func (c Content) digest() string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, f := range c {
		f.Path, f.Lines = "", nil
		_ = enc.Encode(f) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// diff lists the changes from an earlier content to this one, by path.
func (c Content) diff(before Content) (changes []Reason) {
	byPath := func(f File, path string) int { return cmp.Compare(f.Path, path) }
	for _, f := range c {
		i, found := slices.BinarySearchFunc(before, f.Path, byPath)
		if !found {
			changes = append(changes, Reason{Kind: KindFile, Path: f.Path, Change: Added})
			continue
		}
		if r, changed := f.changedFrom(before[i]); changed {
			changes = append(changes, r)
		}
	}
	for _, f := range before {
		if _, found := slices.BinarySearchFunc(c, f.Path, byPath); !found {
			changes = append(changes, Reason{Kind: KindFile, Path: f.Path, Change: Removed})
		}
	}
	slices.SortStableFunc(changes, func(a, b Reason) int { return cmp.Compare(a.Path, b.Path) })
	return changes
}

func (f File) changedFrom(before File) (Reason, bool) {
	r := Reason{Kind: KindFile, Path: f.Path}
	switch {
	case f.Mode.Type() != before.Mode.Type():
		r.Change = Type
	case f.Target != before.Target:
		r.Change = Link
	case f.Hash != before.Hash:
		r.Change = Modified
		if f.Lines != nil && before.Lines != nil {
			r.Lines = true
			r.LinesAdded, r.LinesRemoved = countLines(before.Lines, f.Lines)
		}
	case f.Mode != before.Mode:
		r.Change = Mode
	default:
		return r, false
	}
	return r, true
}

// maxDiff bounds the work of counting: above it, lines that have moved count as
// unchanged.
const maxDiff = 1 << 20

// countLines counts the lines that a text gained and lost, as diff does.
func countLines(before, after []uint32) (added, removed int) {
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after = before[1:], after[1:]
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	common := 0
	if len(before)*len(after) <= maxDiff {
		common = commonSubsequence(before, after)
	} else {
		common = commonElements(before, after)
	}
	return len(after) - common, len(before) - common
}

// commonSubsequence is the length of the longest common subsequence.
func commonSubsequence[T comparable](a, b []T) int {
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			if a[i] == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

// commonElements is the number of elements that both have, in any order.
func commonElements(a, b []uint32) int {
	count := make(map[uint32]int, len(a))
	for _, x := range a {
		count[x]++
	}
	common := 0
	for _, x := range b {
		if count[x] > 0 {
			count[x]--
			common++
		}
	}
	return common
}
