package clients

import (
	"archive/tar"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// product gives the same image at any time.
func product(t *testing.T) *scenario.Project {
	t.Helper()
	return scenario.New(t, scenario.Files{
		"Dockerfile": "FROM --platform=$BUILDPLATFORM busybox AS work\nARG CASE TARGETARCH\nRUN echo $TARGETARCH $CASE > /made\n" +
			"FROM scratch\nCOPY --from=work /made /made\nCOPY file /dir/\nENV KIND=product\n",
		"file": "content\n",
	})
}

// sameTime sets the same times for all results.
var sameTime = arg("SOURCE_DATE_EPOCH", "1700000000").and(flags{buildx: []string{"--provenance=false"}})

// outputs are the kinds of output, and how their results are compared.
var outputs = []struct {
	name, attrs string
	read        func(t *testing.T, path string) map[string]string
}{
	{"oci", "type=oci", archived},
	{"oci layout", "type=oci,tar=false", layout},
	{"docker", "type=docker,name=clients/product", archived},
	{"tar", "type=tar", tarFiles},
	{"local", "type=local", tree},
}

// TestOutputs checks that the output is the same in every way.
func TestOutputs(t *testing.T) {
	for _, o := range outputs {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			p, unique := product(t), arg("CASE", scenario.Unique())
			var want map[string]string
			for _, w := range ways() {
				path := filepath.Join(t.TempDir(), "out")
				w.build(t, p, sameTime.and(unique).and(both("--output", o.attrs+",dest="+path))).succeed(t)
				got := o.read(t, path)
				if want == nil {
					want = got
				}
				if len(got) == 0 || !maps.Equal(got, want) {
					t.Errorf("%s leaves %q, the reference %q", w.name, got, want)
				}
			}
		})
	}
}

func tree(t *testing.T, path string) map[string]string {
	t.Helper()
	files := scenario.Tree(t, path)
	return files
}

func tarFiles(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	files := map[string]string{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		content, readErr := io.ReadAll(r)
		if err != nil || readErr != nil {
			t.Fatal(err, readErr)
		}
		files[h.Name] = h.FileInfo().Mode().String() + " " + string(content)
	}
}

// layout returns the image of a folder, identified by its digest.
func layout(t *testing.T, path string) map[string]string {
	t.Helper()
	return map[string]string{"digest": openImage(t, path).Digest.String(), "file": filesOf(t, unpacked(t, path)+"/dir")["file"]}
}

func openImage(t *testing.T, layout string) *scenario.Image {
	t.Helper()
	img, err := scenario.OpenImage(layout)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// unpacked returns a folder with the files of an image.
func unpacked(t *testing.T, layout string) string {
	t.Helper()
	root := t.TempDir()
	if err := openImage(t, layout).Unpack(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	return root
}

func archived(t *testing.T, path string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("tar", "-xf", path, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return layout(t, dir)
}

// metadata is the content of a client's metadata file.
type metadata map[string]any

func readMetadata(t *testing.T, path string) metadata {
	t.Helper()
	raw, err := os.ReadFile(path)
	m := metadata{}
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPush pushes an image for two platforms. The registry and the metadata file
// must have the same content as with the reference.
func TestPush(t *testing.T) {
	p, unique := product(t), arg("CASE", scenario.Unique())
	want := map[string]metadata{} // of each client, because they differ
	var digest any
	for _, w := range ways() {
		ref := scenario.Env().Registry() + "/clients/pushed:" + scenario.Unique()
		file := filepath.Join(t.TempDir(), "metadata.json")
		w.build(t, p, sameTime.and(unique).and(both("--metadata-file", file)).and(flags{
			[]string{"--push", "--tag", ref, "--platform", "linux/amd64,linux/arm64"},
			[]string{"--output", "type=image,push=true,name=" + ref, "--opt", "platform=linux/amd64,linux/arm64"},
		})).succeed(t)
		m := readMetadata(t, file)
		delete(m, "frontend.strata.cache") // only Strata reports which steps ran
		if want[w.tool] == nil {
			want[w.tool] = m
		}
		if got, other := slices.Sorted(maps.Keys(m)), slices.Sorted(maps.Keys(want[w.tool])); !slices.Equal(got, other) {
			t.Errorf("%s: the metadata has %q, want %q", w.name, got, other)
		}
		if digest == nil {
			digest = m["containerimage.digest"]
		}
		if got := pushed(t, ref); got != digest || m["containerimage.digest"] != digest {
			t.Errorf("%s: pushed %s, and told %s; the reference pushed %s", w.name, got, m["containerimage.digest"], digest)
		}
	}
}

// pushed returns the digest of an index with both platforms.
func pushed(t *testing.T, ref string) string {
	t.Helper()
	index, manifest := scenario.Index(t, ref)
	var platforms []string
	for _, m := range manifest.Manifests {
		platforms = append(platforms, m.Platform.String())
	}
	if got := strings.Join(platforms, " "); got != "linux/amd64 linux/arm64" {
		t.Errorf("the index has %s", got)
	}
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}
