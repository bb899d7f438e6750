package clients

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// TestWhyChangesNothing builds in each state with and without a comparison: the
// image, the cache and the provenance must be the same, and no container may
// remain.
func TestWhyChangesNothing(t *testing.T) {
	var found []string
	for range 3 { // other tests keep the daemon busy
		if found = cachesWithWhy(t, ways()[2]); len(found) == 0 {
			break
		}
	}
	for _, difference := range found {
		t.Error(difference)
	}
	if left := leftContainers(); len(left) > 0 {
		t.Errorf("there are still: %q", left)
	}
}

// cachesWithWhy builds a new project, and returns the differences between the exported
// caches. All else that is made must be the same.
func cachesWithWhy(t *testing.T, w way) (found []string) {
	t.Helper()
	p := newApp(t, w)
	p.Write("app.py", scenario.Unique()) // no other project has the same content
	builds := func(step string) {
		before, want := makes(t, w, p, "off"), makes(t, w, p, "off")
		with := map[string]made{"on": makes(t, w, p, "on"), "all": makes(t, w, p, "all")}
		without := []made{before, want, makes(t, w, p, "off")}
		for value, got := range with {
			for _, difference := range cacheDifferences(got, without) {
				found = append(found, fmt.Sprintf("%s, with STRATA_WHY=%s the cache %s", step, value, difference))
			}
			if got.image == "" || len(got.cache) == 0 || len(got.materials) == 0 {
				t.Errorf("%s, with STRATA_WHY=%s:\n%+v", step, value, got)
			}
			if got.cache = want.cache; !reflect.DeepEqual(got, want) {
				t.Errorf("%s, with STRATA_WHY=%s:\n%+v, but without:\n%+v", step, value, got, want)
			}
		}
	}
	builds("no change")
	p.Write("requirements.txt", "flask\n"+scenario.Unique())
	w.build(t, p, flags{}).succeed(t)
	builds("a file changed")
	return found
}

// cacheDifferences compares the exported cache of a build with those of builds without a
// comparison. BuildKit does not export the same records each time: fewer in a second
// export, and sometimes more on a busy daemon.
func cacheDifferences(got made, without []made) (differences []string) {
	count := map[string]int{}
	for _, m := range without {
		for _, digest := range slices.Compact(slices.Clone(m.cache)) {
			count[digest]++
		}
	}
	for _, digest := range got.cache {
		if count[digest] == 0 {
			differences = append(differences, "also has "+digest)
		}
	}
	for digest, n := range count {
		if n == len(without) && !slices.Contains(got.cache, digest) {
			differences = append(differences, "lacks "+digest)
		}
	}
	return differences
}

// leftContainers returns the daemon's containers and their folders that do not end
// within a minute. Those of builds of other tests end.
func leftContainers() (left []string) {
	left = scenario.Env().Daemon().Held()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		held := scenario.Env().Daemon().Held()
		left = slices.DeleteFunc(left, func(h string) bool {
			return !strings.HasPrefix(h, "container ") && !strings.HasPrefix(h, "folder ") || !slices.Contains(held, h)
		})
		if len(left) == 0 {
			break
		}
	}
	return left
}

// made is the result of a build.
type made struct {
	image     string
	cache     []string // the digests of the records and layers
	materials string
	steps     int // in the provenance
}

func makes(t *testing.T, w way, p *scenario.Project, why string) (m made) {
	t.Helper()
	dir := t.TempDir()
	file, cache := filepath.Join(dir, "metadata.json"), filepath.Join(dir, "cache")
	c := w.build(t, p, arg("STRATA_WHY", why).and(arg("SOURCE_DATE_EPOCH", "1700000000")).and(flags{buildx: []string{
		"--provenance=false", "--metadata-file=" + file, "--cache-to=type=local,mode=max,dest=" + cache,
		"--output=type=oci,rewrite-timestamp=true,dest=" + filepath.Join(dir, "image.tar"),
	}}))
	c.env = []string{"BUILDX_METADATA_PROVENANCE=max"}
	c.succeed(t)
	metadata := readMetadata(t, file)
	m.image = fmt.Sprint(metadata["containerimage.digest"])
	m.cache = cacheOf(t, cache)
	provenance, _ := metadata["buildx.build.provenance"].(map[string]any)
	raw, err := json.Marshal(find(provenance, "resolvedDependencies", "materials"))
	if err != nil {
		t.Fatal(err)
	}
	m.materials = string(raw)
	steps, _ := find(provenance, "llbDefinition").([]any)
	m.steps = len(steps)
	return m
}

// find returns the first value with one of the names in a tree.
func find(tree any, names ...string) any {
	fields, _ := tree.(map[string]any)
	for name, value := range fields {
		if slices.Contains(names, name) {
			return value
		}
	}
	for _, value := range fields {
		if found := find(value, names...); found != nil {
			return found
		}
	}
	return nil
}

// cacheOf lists the digests of the records and layers of an exported cache.
func cacheOf(t *testing.T, dir string) (digests []string) {
	t.Helper()
	blobs, err := filepath.Glob(filepath.Join(dir, "blobs", "sha256", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, blob := range blobs {
		raw, err := os.ReadFile(blob)
		if err != nil {
			t.Fatal(err)
		}
		var config struct {
			Layers  []struct{ Blob string }
			Records []struct{ Digest string }
		}
		if !strings.HasPrefix(string(raw), "{") || json.Unmarshal(raw, &config) != nil {
			continue
		}
		for _, l := range config.Layers {
			digests = append(digests, "layer "+l.Blob)
		}
		for _, r := range config.Records {
			digests = append(digests, "record "+r.Digest)
		}
	}
	slices.Sort(digests)
	return digests
}
