package caching

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/moby/buildkit/client"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

func TestSecrets(t *testing.T) {
	d := scenario.Fresh(t)
	p := project(t, 0, nil)
	value := fmt.Sprintf("s3cr3t-%d", time.Now().UnixNano())
	cache := filepath.Join(t.TempDir(), "cache")
	with := func(value string) func(*buildrun.Build) {
		return func(b *buildrun.Build) { b.Secrets = map[string][]byte{"token": []byte(value)} }
	}
	first := p.On(d, with(value), func(b *buildrun.Build) {
		b.CacheTo = []client.CacheOptionsEntry{{Type: "local", Attrs: map[string]string{"dest": cache, "mode": "max"}}}
	})
	first.RanAll()
	size := fmt.Sprint(len(value))
	first.Holds(scenario.Files{"/file-size": size, "/variable-size": size, "/run/secrets/token": scenario.Absent})

	changed := p.On(d, with(value+"-changed"))
	changed.Ran()
	changed.SameImage(first)

	for _, dir := range []string{cache, first.Layout} {
		if n := searched(t, dir, value); n < 3 {
			t.Errorf("only %d files were searched in %s", n, dir)
		}
	}
	for what, text := range map[string]string{
		"logs": first.Logs() + changed.Logs(), "steps": first.Report.String(), "config and history": string(first.Image.ConfigJSON),
	} {
		if bytes.Contains([]byte(text), []byte(value)) {
			t.Errorf("the secret is in the %s", what)
		}
	}
}

// searched searches for the value in all files of a folder, including compressed
// layers, and returns the number of files.
func searched(t *testing.T, dir, value string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		n++
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		plain, err := compression.DecompressStream(f)
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(plain)
		if bytes.Contains(raw, []byte(value)) {
			t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
