package e2e

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// sameAsReference compares an image with that of the reference: config, history and
// every file must be the same.
func sameAsReference(t *testing.T, ours, theirs *scenario.Image) {
	t.Helper()
	if got, want := configOf(t, ours), configOf(t, theirs); got != want {
		t.Errorf("the config is\n%s\nbut the reference's is\n%s", got, want)
	}
	if slices.Equal(ours.Config.RootFS.DiffIDs, theirs.Config.RootFS.DiffIDs) {
		return // the layers are identical
	}
	compareTrees(t, treeOf(t, ours), treeOf(t, theirs))
}

// configOf returns the image config, indented, without the parts that depend on the
// time of the build: times, and the layers' digests, which include the times of
// files.
func configOf(t *testing.T, img *scenario.Image) string {
	t.Helper()
	var config map[string]any
	if err := json.Unmarshal(img.ConfigJSON, &config); err != nil {
		t.Fatal(err)
	}
	delete(config, "created")
	history, _ := config["history"].([]any)
	for _, h := range history {
		delete(h.(map[string]any), "created")
	}
	rootfs := config["rootfs"].(map[string]any)
	layers, _ := rootfs["diff_ids"].([]any)
	rootfs["diff_ids"] = len(layers)
	out, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func treeOf(t *testing.T, img *scenario.Image) map[string]string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "rootfs")
	if err := img.Unpack(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	tree := scenario.Tree(t, root)
	for path := range tree {
		if strings.HasSuffix(path, ".pyc") {
			tree[path] = "compiled" // includes the time of its source
		}
	}
	return tree
}

func compareTrees(t *testing.T, got, want map[string]string) {
	t.Helper()
	if reflect.DeepEqual(got, want) {
		return
	}
	for path, w := range want {
		if g, ok := got[path]; !ok {
			t.Errorf("%s is missing", path)
		} else if g != w {
			t.Errorf("%s is %s, but the reference's is %s", path, g, w)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s is there, but not in the reference's image", path)
		}
	}
}
