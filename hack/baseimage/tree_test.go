package baseimage

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stratabuild/strata/hack/internal/host"
)

// entries are the names in a layer that is made of the tree, with what they are.
func entries(t *testing.T, tr tree) (list []string, l *layer) {
	t.Helper()
	s := &Store{Dir: t.TempDir(), Log: host.NewLogger(io.Discard)}
	l, err := s.newLayer("test", tr.write)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for tr := tar.NewReader(r); ; {
		hdr, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return list, l
		}
		if err != nil {
			t.Fatal(err)
		}
		entry := string(hdr.Typeflag) + " " + hdr.Name
		if hdr.Linkname != "" {
			entry += " -> " + hdr.Linkname
		}
		list = append(list, entry)
	}
}

func makeTree(t *testing.T, files ...file) string {
	t.Helper()
	dir := t.TempDir()
	if err := writeFiles(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTreeKeepsLinksAndIsReproducible(t *testing.T) {
	make := func() string {
		dir := makeTree(t, file{"bin/tool", 0o755, "x"}, file{"tmp/junk", 0o644, "y"})
		if err := errors.Join(
			os.Link(filepath.Join(dir, "bin/tool"), filepath.Join(dir, "bin/twin")),
			os.Symlink("tool", filepath.Join(dir, "bin/soft")),
		); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	got, first := entries(t, tree{dir: make(), skip: under("tmp/")})
	want := []string{"5 bin/", "2 bin/soft -> tool", "0 bin/tool", "1 bin/twin -> bin/tool", "5 tmp/"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, second := entries(t, tree{dir: make(), skip: under("tmp/")}); first.digest != second.digest {
		t.Error("the same files gave another layer")
	}
}

func TestTreeTakesOnlyWhatDiffers(t *testing.T) {
	lower := makeTree(t, file{"etc/kept", 0o644, "x"}, file{"etc/changed", 0o644, "x"}, file{"etc/gone", 0o644, "x"}, file{"old/gone", 0o644, "x"})
	upper := filepath.Join(t.TempDir(), "root")
	if _, err := (host.Command{Argv: []string{"cp", "-a", lower, upper}}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		os.RemoveAll(filepath.Join(upper, "etc/gone")),
		os.RemoveAll(filepath.Join(upper, "old")),
		writeFiles(upper, []file{{"etc/changed", 0o644, "longer"}, {"etc/added", 0o600, ""}}),
	); err != nil {
		t.Fatal(err)
	}
	got, _ := entries(t, tree{dir: upper, lower: lower, prefix: "at"})
	want := []string{"0 at/etc/added", "0 at/etc/changed", "0 at/etc/.wh.gone", "0 at/.wh.old"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFindKnowsAllSpellings(t *testing.T) {
	for name, want := range map[string]string{
		"busybox":                              "busybox:latest",
		"docker.io/library/alpine:3.20":        "alpine:latest",
		"library/python:3.11-slim":             "python:3.11-slim",
		"golang:1.26":                          "golang:1.26",
		"node:18-bookworm-slim":                "node:18-slim",
		"docker.io/library/debian:latest":      "debian:bookworm-slim",
		"docker.io/library/busybox:musl":       "busybox:latest",
		"docker.io/library/golang:1.26-alpine": "golang:1.26-alpine",
	} {
		r, err := find(name)
		if err != nil || r.tags[0] != want {
			t.Errorf("find(%q) = %v, %v", name, r, err)
		}
	}
	if _, err := find("ruby:3"); err == nil {
		t.Error("there is no stand-in for ruby, but it was found")
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range recipes {
		for _, tag := range r.tags {
			if seen[tag] {
				t.Errorf("two recipes make %s", tag)
			}
			seen[tag] = true
		}
	}
}
