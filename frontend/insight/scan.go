package insight

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	confs "github.com/containerd/continuity/fs"
	"github.com/containerd/continuity/sysx"
	"github.com/tonistiigi/fsutil"
	fscopy "github.com/tonistiigi/fsutil/copy"
)

const (
	// maxText is the size of the largest text file whose lines are counted.
	maxText = 256 << 10
	// maxLines is the number of lines that are recorded for all files of a
	// build.
	maxLines = 200_000
)

// A scanner reads the files of one build context, each file once.
type scanner struct {
	root  string
	mac   hash.Hash
	salt  salt
	files map[string]File // by path in the context
	lines *int            // remaining part of maxLines
	text  []byte          // the text of the last file
}

func newScanner(root string, s salt, lines *int) *scanner {
	return &scanner{root: root, salt: s, mac: hmac.New(sha256.New, s), files: map[string]File{}, lines: lines}
}

// read returns the files of a selection, by the rules of BuildKit's copy. A path
// that does not exist, or is invalid, has no files, as the build reports it.
func (s *scanner) read(ctx context.Context, sel Selection) (Content, error) {
	matches := []string{sel.Path}
	wildcard := sel.Wildcard && hasWildcard(sel.Path)
	if wildcard {
		var err error
		if matches, err = fscopy.ResolveWildcards(s.root, sel.Path, sel.Follow); err != nil {
			return nil, nil
		}
	}
	var content Content
	for _, match := range matches {
		found, err := s.match(ctx, match, sel)
		if err != nil {
			return nil, err
		}
		if wildcard {
			for i := range found {
				found[i].Name = path.Join(sel.below(match), found[i].Name)
			}
		}
		content = append(content, found...)
	}
	if wildcard && len(content) == 1 && path.Base(sel.Path) == path.Base(content[0].Name) {
		content[0].Name = path.Base(sel.Path) // BuildKit then compares the content alone
	}
	slices.SortFunc(content, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return content, nil
}

// match reads one path: a file, or the files of a directory.
func (s *scanner) match(ctx context.Context, name string, sel Selection) (Content, error) {
	real, err := s.resolve(name, sel.Follow)
	if err != nil {
		return nil, nil
	}
	info, err := os.Lstat(real)
	if err != nil {
		return nil, nil
	}
	if !info.IsDir() {
		f, err := s.file(real, info)
		return Content{f}, err
	}
	var content Content
	err = walk(ctx, real, sel, func(p string) error {
		name := filepath.Join(real, p)
		info, err := os.Lstat(name)
		if err != nil {
			return err
		}
		f, err := s.file(name, info)
		f.Name = p
		content = append(content, f)
		return err
	})
	return content, err
}

// walk visits the selected files below a directory.
func walk(ctx context.Context, dir string, sel Selection, visit func(path string) error) error {
	if len(sel.Include)+len(sel.Exclude) == 0 { // the filter reads more of each file
		return fs.WalkDir(os.DirFS(dir), ".", func(p string, _ fs.DirEntry, err error) error {
			if err != nil || p == "." {
				return err
			}
			return visit(filepath.FromSlash(p))
		})
	}
	all, err := fsutil.NewFS(dir)
	if err != nil {
		return err
	}
	filtered, err := fsutil.NewFilterFS(all, &fsutil.FilterOpt{IncludePatterns: sel.Include, ExcludePatterns: sel.Exclude})
	if err != nil { // a pattern is invalid
		return nil
	}
	return filtered.Walk(ctx, "/", func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return visit(p)
	})
}

// resolve returns the real path of a path below the root. It follows links, and
// the last one only if follow is set.
func (s *scanner) resolve(name string, follow bool) (string, error) {
	name = path.Join("/", name)
	if follow {
		return confs.RootPath(s.root, name)
	}
	dir, err := confs.RootPath(s.root, path.Dir(name))
	return filepath.Join(dir, path.Base(name)), err
}

// file describes a file at a real path.
func (s *scanner) file(real string, info fs.FileInfo) (File, error) {
	rel, err := filepath.Rel(s.root, real)
	if err != nil {
		return File{}, err
	}
	if f, ok := s.files[rel]; ok {
		return f, nil
	}
	f := File{Path: filepath.ToSlash(rel), Mode: info.Mode() &^ fs.ModeIrregular}
	switch {
	case info.IsDir():
		// A transfer that changes only the mode of a directory does not change
		// BuildKit's checksum of the context.
		f.Mode = fs.ModeDir
	case info.Mode()&fs.ModeSymlink != 0:
		f.Target, err = os.Readlink(real)
	case info.Mode().IsRegular():
		err = s.hash(&f, real, info.Size())
	}
	s.files[rel] = f
	return f, err
}

// hash fills in the content of a regular file.
func (s *scanner) hash(f *File, real string, size int64) error {
	file, err := os.Open(real)
	if err != nil {
		return err
	}
	defer file.Close()
	s.mac.Reset()
	if size > maxText {
		_, err = io.Copy(s.mac, file)
	} else if err = s.readText(file); err == nil {
		s.mac.Write(s.text)
		f.Lines = s.lineHashes(s.text)
	}
	f.Hash = hashText(s.mac)
	return err
}

// readText reads a small file. A short read is the end of the file, as BuildKit
// does not change the files of a context.
func (s *scanner) readText(file *os.File) error {
	s.text = slices.Grow(s.text[:0], maxText+1)
	n, err := file.Read(s.text[:maxText+1])
	s.text = s.text[:n]
	if err == io.EOF {
		return nil
	}
	return err
}

// lineHashes returns short hashes of the lines of a text, nil if it is not a
// text or if too many lines are recorded.
func (s *scanner) lineHashes(data []byte) []uint32 {
	if bytes.IndexByte(data, 0) >= 0 {
		return nil
	}
	n := bytes.Count(data, []byte("\n")) + 1
	if n > *s.lines {
		return nil
	}
	*s.lines -= n
	lines := make([]uint32, 0, n)
	for line := range bytes.Lines(data) {
		h := fnv.New32a()
		h.Write(s.salt)
		h.Write(line)
		lines = append(lines, h.Sum32())
	}
	return lines
}

// maxListed is the largest number of files in a listing.
const maxListed = 20_000

// listing returns a hash that usually differs if a file of a directory differs, also in
// what [File] leaves out. It is empty if there are too many files. read are the files
// that the steps read.
func (s salt) listing(dir string, read map[string]Content) string {
	for _, content := range read {
		if len(content) > maxListed {
			return ""
		}
	}
	mac := hmac.New(sha256.New, s)
	n := 0
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(mac, "%q %v", name, info.Mode())
		if !info.IsDir() {
			if n++; n > maxListed {
				return errTooLarge
			}
			fmt.Fprintf(mac, " %d %d", info.Size(), info.ModTime().UnixNano())
		}
		return writeAttributes(mac, name)
	})
	if ignoreMissing(err) != nil {
		return ""
	}
	return hashText(mac)
}

// writeAttributes writes the extended attributes of a file that are in BuildKit's
// checksum to a hash.
func writeAttributes(h hash.Hash, name string) error {
	keys, err := sysx.LListxattr(name)
	if errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	slices.Sort(keys)
	for _, key := range keys {
		namespace, _, _ := strings.Cut(key, ".")
		if namespace == "system" || namespace == "security" && key != "security.capability" {
			continue
		}
		value, getErr := sysx.LGetxattr(name, key)
		err = cmp.Or(err, getErr)
		fmt.Fprintf(h, " %q=%q", key, value)
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
