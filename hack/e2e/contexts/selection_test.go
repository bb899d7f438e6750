package contexts

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// selections are copies of a part of a context, {}. The report must name the files
// that a real COPY copies.
var selections = []string{
	"COPY {}/a.txt /x",
	"COPY {} /x",
	"COPY {}/d /x/",
	"COPY {}/*.txt /x/",
	"COPY {}/* /x/",
	"COPY {}/d/*/f? /x/",
	"COPY {}/[ab].* /x/",
	"COPY {}/d/../a.txt /x",
	"COPY {}/a.txt {}/b.md {}/d/e /x/",
	`COPY ["{}/sp ace.txt", "/x"]`,
	"COPY --exclude=*.md {} /x",
	"COPY --exclude=**/*.md --exclude=d/e {} /x",
	"COPY --exclude=f1 {}/d/i* {}/d/e /x/",
	"COPY --parents {}/d/*/f1 /x/",
	"COPY --parents {}/./d/** /x/",
	"COPY --parents {}/d/e/g.md {}/a.txt /x/",
	"COPY {}/to /x",
	"COPY {}/to/f1 /x",
	"COPY {}/to/e /x",
	"COPY {}/tofile /x",
	"COPY {}/t* /x/",
	"COPY --link {}/d /x",
	"ADD {}/d/e /x",
	"ADD {}/d/*.txt /x/",
}

// TestSelections changes all files of a context. It compares the files that each
// step names with those that it has copied. Each file contains its own path.
func TestSelections(t *testing.T) {
	for chunk := range slices.Chunk(selections, 6) { // a long report is cut
		own := scenario.Unique()
		dockerfile, last := "", "FROM scratch\n"
		for i, text := range chunk {
			dockerfile += fmt.Sprintf("FROM scratch AS c%d\n%s\n", i, strings.ReplaceAll(text, "{}", fmt.Sprint(i)))
			last += fmt.Sprintf("COPY --from=c%d / /%d\n", i, i)
		}
		p := scenario.New(t, scenario.Files{"Dockerfile": dockerfile + last, ".dockerignore": "**/*.log\n!**/keep.log\n**/skip\n"})
		writeTrees(t, p, len(chunk), own+" before")
		buildSelections(t, p, own)
		writeTrees(t, p, len(chunk), own+" after")
		said, copied := buildSelections(t, p, own)
		for i, text := range chunk {
			want := slices.Sorted(maps.Keys(copied[i]))
			if got := said[2*i+2]; !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%s: %q are said to have changed, and %q were copied", text, got, want)
			}
		}
	}
}

// writeTrees writes the same files for each selection.
func writeTrees(t *testing.T, p *scenario.Project, n int, version string) {
	t.Helper()
	for i := range n {
		for _, name := range []string{
			"a.txt", "b.md", ".hidden", "sp ace.txt", "x.log", "keep.log", "skip/f1",
			"d/f1", "d/f2.txt", "d/e/f1", "d/e/g.md", "d/e/h.log", "d/i/f3", "d/i/f22",
		} {
			name = fmt.Sprintf("%d/%s", i, name)
			p.Write(name, name+"\n"+version)
		}
		dangling := fmt.Sprintf("%d/d/dangling", i)
		for name, target := range map[string]string{
			fmt.Sprintf("%d/to", i): "d", fmt.Sprintf("%d/tofile", i): "a.txt", dangling: dangling + "\n" + version,
		} {
			name = filepath.Join(p.Dir, name)
			_ = os.Remove(name)
			if err := os.Symlink(target, name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// buildSelections returns the files that the steps report as changed, by line, and
// the files in the result, by selection. own identifies the project.
func buildSelections(t *testing.T, p *scenario.Project, own string) (said map[int][]string, copied []map[string]bool) {
	t.Helper()
	dest := t.TempDir()
	rep, err := p.Try(scenario.Shared(t), func(b *buildrun.Build) {
		b.Exports, b.Attrs = []buildrun.Export{buildrun.Local(dest)}, map[string]string{"vcs:source": own}
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, rep)
	}
	raw, err := base64.StdEncoding.DecodeString(rep.Response["frontend.strata.cache"])
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Omitted any
		Steps   []struct {
			Line    int
			Reasons []struct{ Path string }
		}
	}
	if err := json.Unmarshal(raw, &report); err != nil || report.Omitted != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	said = map[int][]string{}
	for _, s := range report.Steps {
		for _, r := range s.Reasons {
			said[s.Line] = append(said[s.Line], realPath(t, p.Dir, r.Path))
		}
		slices.Sort(said[s.Line])
		said[s.Line] = slices.Compact(said[s.Line])
	}
	return said, copiedFiles(t, dest)
}

// realPath returns the path of a file with all links resolved, except for the file
// itself.
func realPath(t *testing.T, root, name string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(filepath.Join(root, name))
	if err != nil { // a link without a target
		real, err = filepath.EvalSymlinks(filepath.Dir(filepath.Join(root, name)))
		real = filepath.Join(real, filepath.Base(name))
	}
	if err == nil {
		real, err = filepath.Rel(root, real)
	}
	if err != nil {
		t.Fatal(err)
	}
	return real
}

// copiedFiles returns the paths in the files and links of each folder.
func copiedFiles(t *testing.T, dest string) (copied []map[string]bool) {
	t.Helper()
	for i := 0; ; i++ {
		root := filepath.Join(dest, fmt.Sprint(i))
		if _, err := os.Stat(root); err != nil {
			return copied
		}
		found := map[string]bool{}
		err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			text, err := os.Readlink(name)
			if e.Type().IsRegular() {
				var raw []byte
				raw, err = os.ReadFile(name)
				text = string(raw)
			}
			if path, _, ok := strings.Cut(text, "\n"); ok { // not a link that is copied unchanged
				found[path] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		copied = append(copied, found)
	}
}
