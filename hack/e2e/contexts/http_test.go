package contexts

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// archived is the time of the newest file of an archive.
var archived = time.Date(2021, 2, 3, 4, 5, 6, 0, time.UTC)

// archive packs the files as a tar.
func archive(t *testing.T, files scenario.Files) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i, name := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name])), ModTime: archived.Add(-time.Duration(i) * time.Hour)}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}

// serve serves the files; other requests are not found.
func serve(t *testing.T, files map[string][]byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data) // the client reports a body that is too short
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// archiveFiles are the files of the tests' archives.
var archiveFiles = scenario.Files{
	"Dockerfile": copyAll, "file": "archived\n", ".dockerignore": "file\n",
	"sub/dockerfile": copyTo("/sub"), "sub/file": "archived sub\n",
}

func TestHTTPContexts(t *testing.T) {
	plain := archive(t, archiveFiles)
	url := serve(t, map[string][]byte{
		"/plain.tar": plain, "/a.tar.gz": gzipped(t, plain), "/a.tar.zst": zstandard(t, plain),
		"/folder/Dockerfile": []byte(copyAll),
	})
	for _, c := range []struct {
		name, path string
		changes    []change
		holds      scenario.Files
	}{
		// The context has only the downloaded Dockerfile.
		{name: "file", path: "/folder/Dockerfile", holds: scenario.Files{"/src/context": copyAll[:len(copyAll)-1]}},
		{name: "tar", path: "/plain.tar", holds: scenario.Files{"/src/file": "archived", "/src/sub/file": "archived sub"}},
		{name: "gzip", path: "/a.tar.gz", holds: scenario.Files{"/src/file": "archived"}},
		{name: "zstd", path: "/a.tar.zst", holds: scenario.Files{"/src/file": "archived"}},
		{name: "query", path: "/plain.tar?x=1#fragment", holds: scenario.Files{"/src/file": "archived"}},
		{
			name: "another Dockerfile, in lower case", path: "/plain.tar", changes: []change{dockerfile("sub/Dockerfile")},
			holds: scenario.Files{"/sub/file": "archived"},
		},
		{
			name: "a folder", path: "/a.tar.gz", changes: []change{scenario.Option("contextsubdir", "sub")},
			holds: scenario.Files{"/src/file": "archived sub"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := scenario.Isolated(t, nil).Same(append(c.changes, from(url+c.path))...)
			r.Holds(c.holds)
		})
	}
	t.Run("Dockerfile sent by the client", func(t *testing.T) {
		t.Parallel()
		p := scenario.Isolated(t, scenario.Files{"own": copyTo("/own")})
		p.Same(from(url+"/plain.tar"), dockerfile(p.Dir+"/own")).Holds(scenario.Files{"/own/file": "archived"})
	})
	t.Run("time of the archive", func(t *testing.T) {
		t.Parallel()
		p := scenario.Isolated(t, nil)
		p.Export = nil
		r := p.Same(from(url+"/a.tar.gz"), scenario.Arg("SOURCE_DATE_EPOCH", "context"))
		if !r.Image.Config.Created.Equal(archived) {
			t.Errorf("the image was created at %s, not when the newest file was changed", r.Image.Config.Created)
		}
	})
}

func TestBadHTTPContexts(t *testing.T) {
	url := serve(t, map[string][]byte{
		"/no.tar": archive(t, scenario.Files{"file": "x"}), "/broken.tar.gz": gzipped(t, []byte("no tar at all"))[:20], "/text": []byte("hello\n"),
	})
	for _, c := range []struct{ name, path, reason string }{
		{"not there", "/none.tar", "404"},
		{"no Dockerfile in it", "/no.tar", "Dockerfile"},
		{"broken archive", "/broken.tar.gz", "Dockerfile"},
		{"no Dockerfile at all", "/text", "hello"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			scenario.Isolated(t, nil).SameError(c.reason, from(url+c.path))
		})
	}
}
