package request

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"testing"
	"time"

	"github.com/moby/buildkit/client/llb"

	"github.com/stratabuild/strata/internal/difftest"
)

func seconds(t *time.Time) string {
	if t == nil {
		return "none"
	}
	return fmt.Sprint(t.Unix())
}

// The time of a source comes from the daemon, or from the files of an archive.
func TestTime(t *testing.T) {
	options := difftest.Options{
		Git: map[string]difftest.Git{
			"github.com/org/repo.git#main": {Commit: 1000},
			"github.com/org/repo.git#gone": {Error: "no such ref"},
		},
		HTTP: map[string]difftest.HTTP{
			"https://e.org/dated":  {LastModified: 2000},
			"https://e.org/a.tar":  {Tar: map[string]int64{"old": 10, "new": 3000, "other": 20}},
			"https://e.org/text":   {Body: "text"},
			"https://e.org/broken": {Error: "unreachable"},
		},
	}
	http := func(name string) llb.State { return llb.HTTP("https://e.org/"+name, llb.Filename("context")) }
	git := func(ref string) llb.State { return llb.Git("https://github.com/org/repo.git", "", llb.GitRef(ref)) }
	for _, c := range []struct {
		name string
		st   llb.State
		want string
	}{
		{"a commit", git("main"), "1000"},
		{"a ref that is not there", git("gone"), "no such ref"},
		{"a file with a time", http("dated"), "2000"},
		{"an archive", http("a.tar"), "3000"},
		{"a file without a time", http("text"), "none"},
		{"an archive without a name", llb.HTTP("https://e.org/a.tar"), "none"},
		{"a file that is not there", http("broken"), "unreachable"},
		{"a directory", llb.Local("context"), "none"},
		{"an image", llb.Image("busybox"), "none"},
		{"nothing", llb.Scratch(), "none"},
		{"two sources", llb.Merge([]llb.State{http("dated"), http("a.tar")}), "none"},
		{"a step on a source", http("dated").File(llb.Mkdir("/a", 0o755)), "2000"},
	} {
		ui, _ := uiOf(t, options)
		got, err := Sources(t.Context(), ui, nil).Contexts.Time(t.Context(), c.st, "name")
		text := seconds(got)
		if err != nil {
			text = err.Error()
		}
		if text != c.want {
			t.Errorf("%s: %s, want %s", c.name, text, c.want)
		}
	}
}

// In an archive only regular files count.
func TestNewestFile(t *testing.T) {
	packed := func(compressed bool, headers ...tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range headers {
			h.Mode = 0o644
			if err := w.WriteHeader(&h); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if !compressed {
			return b.Bytes()
		}
		var z bytes.Buffer
		zw := gzip.NewWriter(&z)
		if _, err := zw.Write(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
		return z.Bytes()
	}
	file := func(sec int64) tar.Header { return tar.Header{Name: "f", ModTime: time.Unix(sec, 0)} }
	dir := tar.Header{Name: "d/", Typeflag: tar.TypeDir, ModTime: time.Unix(900, 0)}
	link := tar.Header{Name: "l", Typeflag: tar.TypeSymlink, Linkname: "f", ModTime: time.Unix(800, 0)}
	whole := packed(false, file(1), file(7), file(3), dir, link)
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"files, a directory and a link": {whole, "7"},
		"compressed":                    {packed(true, file(5), file(2)), "5"},
		"one file":                      {packed(false, file(4)), "4"},
		"no file":                       {packed(false, dir, link), "none"},
		"empty":                         {packed(false), "none"},
		"no archive":                    {[]byte("text"), "none"},
		"nothing":                       {nil, "none"},
		"cut off":                       {whole[:700], "none"},
	} {
		if got := seconds(newestFile(c.data)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
