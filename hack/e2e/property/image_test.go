package property

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// compareImage compares files and config of the image with the prediction.
func (h *history) compareImage(want prediction, r *scenario.Result) (problems []string) {
	top := *r.Image
	if n := len(top.Manifest.Layers); n < h.base {
		return []string{fmt.Sprintf("the image has only %d layers", n)}
	}
	top.Manifest.Layers = top.Manifest.Layers[h.base:]
	root, err := os.MkdirTemp("", "property-")
	if err != nil {
		return []string{err.Error()}
	}
	defer os.RemoveAll(root)
	if err := top.Unpack(r.T.Context(), root); err != nil {
		return []string{err.Error()}
	}
	return append(compareFiles(r.T, want.Final.Files, root), compareConfig(want.Final, r.Image)...)
}

// compareFiles compares the files that the instructions made.
func compareFiles(t *testing.T, want tree, root string) (problems []string) {
	got := scenario.Tree(t, root)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		n := want[name]
		mode := os.FileMode(n.Mode)
		if n.Dir {
			mode |= os.ModeDir
		}
		if starts := fmt.Sprintf("%v %s ", mode, n.Owner); !strings.HasPrefix(got[name], starts) {
			problems = append(problems, fmt.Sprintf("%s is %q, not %q", name, got[name], starts))
		}
		if n.Dir {
			continue
		}
		if raw, _ := os.ReadFile(filepath.Join(root, name)); string(raw) != n.Content {
			problems = append(problems, fmt.Sprintf("%s holds %q, not %q", name, raw, n.Content))
		}
	}
	for name, what := range got {
		if _, ok := want[name]; !ok && strings.HasPrefix(name, "/o") && !strings.HasPrefix(what, "d") {
			problems = append(problems, name+" should not be there")
		}
	}
	return problems
}

func compareConfig(want state, img *scenario.Image) (problems []string) {
	got := img.Config.Config
	check := func(what string, got, want any) {
		if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
			problems = append(problems, fmt.Sprintf("%s is %s, not %s", what, g, w))
		}
	}
	env := []string{}
	for _, v := range want.Config.Env {
		env = append(env, v.Name+"="+v.Value)
	}
	check("Env", got.Env[1:], env) // after PATH
	check("WorkingDir", cmp.Or(got.WorkingDir, "/"), want.Dir)
	check("Cmd", got.Cmd, []string{want.Config.Cmd})
	check("Labels", len(got.Labels), len(want.Config.Labels))
	for name, value := range want.Config.Labels {
		check("Label "+name, got.Labels[name], value)
	}
	check("ExposedPorts", slices.Sorted(maps.Keys(got.ExposedPorts)), slices.Sorted(maps.Keys(want.Config.Ports)))
	return problems
}
