package insight

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Content is the list of files that a step reads from a build context, in the
// order of their paths.
type Content []File

// A File holds the properties of a file that BuildKit compares. The time of the
// file is not one of them.
type File struct {
	// Path is the path in the context. Name is the path below the directory
	// that is copied, which is part of the comparison.
	Path string
	Name string
	Mode fs.FileMode
	// Hash is the salted hash of the content, empty if the file is not a
	// regular file.
	Hash string
	// Target is the target of a symbolic link.
	Target string
	// Lines are short hashes of the lines of a text file, nil if the lines are
	// not counted.
	Lines []uint32
}

// digest returns a hash that is the same for the same files.
func (c Content) digest() string {
	h := sha256.New()
	var buf []byte
	for _, f := range c {
		buf = binary.AppendUvarint(buf[:0], uint64(f.Mode))
		for _, field := range []string{f.Name, f.Hash, f.Target} {
			buf = binary.AppendUvarint(buf, uint64(len(field)))
			buf = append(buf, field...)
		}
		h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// A fileChange is a file that differs. now or before is nil if the file does
// not exist there.
type fileChange struct{ now, before *File }

func (f fileChange) file() File {
	if f.now == nil {
		return *f.before
	}
	return *f.now
}

// changedFiles lists the differences from an earlier content of the same selection.
func (c Content) changedFiles(before Content, s Selection) (list []fileChange) {
	place := func(f *File) string { return f.Name }
	if _, known := s.folder(); !known {
		place = func(f *File) string { return f.Path }
	}
	c, before = c.sorted(place), before.sorted(place)
	for i, j := 0, 0; i < len(c) || j < len(before); {
		switch {
		case j == len(before) || i < len(c) && place(&c[i]) < place(&before[j]):
			list = append(list, fileChange{now: &c[i]})
			i++
		case i == len(c) || place(&before[j]) < place(&c[i]):
			list = append(list, fileChange{before: &before[j]})
			j++
		default:
			if c[i].differs(&before[j]) {
				list = append(list, fileChange{&c[i], &before[j]})
			}
			i, j = i+1, j+1
		}
	}
	return list
}

// sorted returns the content in the order of paths. Only links can disturb this
// order.
func (c Content) sorted(place func(*File) string) Content {
	byPlace := func(a, b File) int { return cmp.Compare(place(&a), place(&b)) }
	if slices.IsSortedFunc(c, byPlace) {
		return c
	}
	return slices.SortedStableFunc(slices.Values(c), byPlace)
}

// folder returns the directory of the selected files. It is empty if wildcards
// select from several directories.
func (s Selection) folder() (name string, known bool) {
	if !s.Wildcard || !hasWildcard(s.Path) {
		return s.Path, true
	}
	dir := path.Dir(s.Path)
	return dir, !hasWildcard(dir)
}

// below returns the part of a match of the selection's path that is in BuildKit's
// comparison: the path below the directory before the first wildcard.
func (s Selection) below(match string) string {
	pattern, names := components(s.Path), components(match)
	fixed := slices.IndexFunc(pattern, hasWildcard)
	return path.Join(names[min(fixed, len(names)):]...)
}

func components(name string) []string {
	return strings.Split(strings.Trim(path.Clean(name), "/"), "/")
}

// hasWildcard reports whether a path can match others than itself.
func hasWildcard(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// pathOf returns the path of a selected file in the context. A content can
// belong to several selections, whose files differ only in their paths.
func (s Selection) pathOf(f File) string {
	if folder, known := s.folder(); known {
		return strings.TrimPrefix(path.Join(folder, f.Name), "/")
	}
	return f.Path
}

// differs reports whether two files with the same path differ.
func (f *File) differs(before *File) bool {
	return f.Mode != before.Mode || f.Hash != before.Hash || f.Target != before.Target
}

// diff lists the changes from an earlier content to this one, by path. It lists
// a new or removed directory only if no file in it is listed.
func (c Content) diff(before Content, s Selection) (reasons []Reason) {
	type entry struct {
		path   string
		change Change
	}
	changes := c.changedFiles(before, s)
	holds := map[entry]bool{}
	for _, change := range changes {
		holds[entry{path.Dir(s.pathOf(change.file())), change.kind()}] = true
	}
	work := maxWork
	for _, change := range changes {
		r := Reason{Kind: KindFile, Path: s.pathOf(change.file()), Change: change.kind()}
		if (r.Change == Added || r.Change == Removed) && holds[entry{r.Path, r.Change}] {
			continue
		}
		if r.Change == Modified && change.now.Lines != nil && change.before.Lines != nil {
			r.Lines = true
			r.LinesAdded, r.LinesRemoved = countLines(change.before.Lines, change.now.Lines, &work)
		}
		reasons = append(reasons, r)
	}
	return reasons
}

func (f fileChange) kind() Change {
	switch {
	case f.before == nil:
		return Added
	case f.now == nil:
		return Removed
	case f.now.Mode.Type() != f.before.Mode.Type():
		return Type
	case f.now.Target != f.before.Target:
		return Link
	case f.now.Hash != f.before.Hash:
		return Modified
	default:
		return Mode
	}
}

// maxDiff limits the work of comparing two lists, maxWork that of comparing all
// files. Above these limits, moved lines count as unchanged.
const (
	maxDiff = 1 << 20
	maxWork = 1 << 25
)

// countLines counts the added and removed lines of a text, like diff. It
// subtracts its work from the remaining work.
func countLines(before, after []uint32, work *int) (added, removed int) {
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after = before[1:], after[1:]
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	common := 0
	if cost := len(before) * len(after); cost <= min(maxDiff, *work) {
		*work -= cost
		common = commonSubsequence(before, after)
	} else {
		common = commonElements(before, after)
	}
	return len(after) - common, len(before) - common
}

// commonSubsequence returns the length of the longest common subsequence.
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

// commonElements returns the number of common elements, in any order.
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
