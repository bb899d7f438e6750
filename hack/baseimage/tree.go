package baseimage

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// tree is a folder that becomes a layer, or a part of one.
type tree struct {
	dir    string
	prefix string                // where it stands in the image, such as "usr/local/go"
	skip   func(rel string) bool // leaves out a file, or the content of a folder
	lower  string                // the folder to compare with: only what differs is taken
	since  time.Time             // files newer than this came to be here, not in a package
	asRoot bool                  // all files belong to root

	links map[[2]uint64]string // hard links seen, by device and inode
}

// write puts the tree into the tar, in the order of the names.
func (t *tree) write(tw *tar.Writer) error {
	t.links = map[[2]uint64]string{}
	err := filepath.WalkDir(t.dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(t.dir, file)
		if err != nil {
			return err
		}
		if rel == "." {
			return nil
		}
		if t.skip != nil && t.skip(rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return t.add(tw, file, rel)
	})
	if err != nil || t.lower == "" {
		return err
	}
	return t.whiteouts(tw)
}

func (t *tree) add(tw *tar.Writer, file, rel string) error {
	info, err := os.Lstat(file)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket != 0 {
		return nil // tar has no way to say it
	}
	if t.lower != "" && same(info, filepath.Join(t.lower, rel)) {
		return nil
	}
	hdr, err := t.header(file, rel, info)
	if err != nil {
		return err
	}
	if err := tw.WriteHeader(hdr); err != nil {
		return fmt.Errorf("%s: %w", rel, err)
	}
	if hdr.Typeflag != tar.TypeReg {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(tw, f)
	return err
}

func (t *tree) header(file, rel string, info fs.FileInfo) (*tar.Header, error) {
	var target string
	if info.Mode()&fs.ModeSymlink != 0 {
		var err error
		if target, err = os.Readlink(file); err != nil {
			return nil, err
		}
	}
	hdr, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return nil, err
	}
	hdr.Name = path.Join(t.prefix, filepath.ToSlash(rel))
	if info.IsDir() {
		hdr.Name += "/"
	}
	// Names and access times would differ from machine to machine.
	hdr.Format = tar.FormatPAX
	hdr.Uname, hdr.Gname = "", ""
	hdr.AccessTime, hdr.ChangeTime = time.Time{}, time.Time{}
	hdr.ModTime = t.clamp(info.ModTime())
	if t.asRoot {
		hdr.Uid, hdr.Gid = 0, 0
	}
	t.hardLink(hdr, info)
	return hdr, nil
}

// hardLink turns the second and later names of a file into links to the first.
func (t *tree) hardLink(hdr *tar.Header, info fs.FileInfo) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() || st.Nlink < 2 {
		return
	}
	key := [2]uint64{st.Dev, st.Ino}
	if first, seen := t.links[key]; seen {
		hdr.Typeflag, hdr.Linkname, hdr.Size = tar.TypeLink, first, 0
		return
	}
	t.links[key] = hdr.Name
}

// clamp gives files that came to be while the image was made one fixed time.
// Files out of packages keep theirs, because Python's compiled files name them.
func (t *tree) clamp(mtime time.Time) time.Time {
	if t.since.IsZero() || mtime.After(t.since) {
		return made
	}
	return mtime.Truncate(time.Second)
}

// same says whether the lower tree has this very file.
func same(info fs.FileInfo, lower string) bool {
	other, err := os.Lstat(lower)
	if err != nil || info.Mode() != other.Mode() {
		return false
	}
	a, okA := info.Sys().(*syscall.Stat_t)
	b, okB := other.Sys().(*syscall.Stat_t)
	if !okA || !okB || a.Uid != b.Uid || a.Gid != b.Gid || a.Rdev != b.Rdev {
		return false
	}
	return info.IsDir() || info.Size() == other.Size() && info.ModTime().Equal(other.ModTime())
}

// whiteouts marks what the lower tree has and this one has not.
func (t *tree) whiteouts(tw *tar.Writer) error {
	return filepath.WalkDir(t.lower, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(t.lower, file)
		if err != nil {
			return err
		}
		if t.skip != nil && t.skip(rel) {
			return skipIf(d)
		}
		if _, err := os.Lstat(filepath.Join(t.dir, rel)); err == nil {
			return nil
		}
		name := path.Join(t.prefix, path.Dir(rel), ".wh."+path.Base(rel))
		if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, ModTime: made}); err != nil {
			return err
		}
		return skipIf(d)
	})
}

func skipIf(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// under makes a skip function that leaves out the content of the given folders
// and the given files, but keeps the folders themselves.
func under(names ...string) func(string) bool {
	return func(rel string) bool {
		for _, name := range names {
			if strings.HasSuffix(name, "/") && strings.HasPrefix(rel, name) || rel == name {
				return true
			}
		}
		return false
	}
}
