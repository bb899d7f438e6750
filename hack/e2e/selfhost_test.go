package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/e2e/scenario"
)

// sourceDate is an arbitrary fixed time.
const sourceDate = "1767225600"

// TestSelfHosting builds Strata with BuildKit's built-in frontend (stage 1), with
// that image through "# syntax=" (stage 2), and with stage 2 again (stage 3).
// Stages 2 and 3 must be the same image.
func TestSelfHosting(t *testing.T) {
	one := buildStage(t, 1, "")
	two := buildStage(t, 2, one.ref)
	three := buildStage(t, 3, two.ref)
	if two.digest == "" || two.digest != three.digest {
		t.Errorf("stage 2 is %s, but stage 3 is %s", two.digest, three.digest)
	}
}

type stage struct{ ref, digest string }

// buildStage builds and pushes Strata's image with the frontend that syntax names;
// if it is empty, with the built-in frontend.
func buildStage(t *testing.T, n int, syntax string) stage {
	t.Helper()
	name := fmt.Sprintf("%s/selfhost/strata:stage%d", scenario.Env().Registry(), n)
	rep := build(t, buildrun.Build{
		Frontend: buildrun.Builtin,
		Context:  copySource(t, syntax),
		Target:   "image",
		Args:     map[string]string{"SOURCE_DATE_EPOCH": sourceDate, "VERSION": "selfhost"},
		Exports:  []buildrun.Export{buildrun.Push(name)},
	})
	if syntax != "" && !strings.Contains(rep.String(), syntax) {
		t.Errorf("stage %d was not built by %s:\n%s", n, syntax, rep)
	}
	if compile, err := rep.Step("[build "); err != nil || !compile.Ran() {
		t.Errorf("stage %d did not compile, so it proves nothing: %v, %v\n%s", n, compile, err, rep)
	}
	t.Logf("stage %d: %s", n, rep.Digest())
	return stage{ref: name + "@" + rep.Digest(), digest: rep.Digest()}
}

// copySource copies the source of the image. It adds a file that no step uses, so
// that the compile step runs again each time instead of using the result of an
// earlier stage.
func copySource(t *testing.T, syntax string) string {
	t.Helper()
	top, dir := checkout(t), t.TempDir()
	for _, name := range []string{"cmd", "frontend", "internal", "llbconv"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(top, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", ".dockerignore"} {
		writeFile(t, filepath.Join(dir, name), readFile(t, top, name))
	}
	dockerfile := readFile(t, top, "Dockerfile")
	if syntax != "" {
		dockerfile = "# syntax=" + syntax + "\n" + dockerfile
	}
	writeFile(t, filepath.Join(dir, "Dockerfile"), dockerfile)
	writeFile(t, filepath.Join(dir, "cmd", "built-by.txt"), syntax+"\n"+dir+"\n")
	return dir
}

// TestImageSize builds an image of the reference's frontend and one of Strata's.
// Strata's is a tenth smaller at least, as long as nothing in it calls methods by
// names that the linker does not know: that keeps every method of every type. Slices of
// large structs are sorted by package sort, as package slices has code for each type.
func TestImageSize(t *testing.T) {
	reference, err := scenario.Env().Tool(t.Context(), "dockerfile-frontend")
	if err != nil {
		t.Fatal(err)
	}
	own, err := scenario.Env().FrontendImage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours := frontendImage(t, reference), frontendImage(t, own.Program)
	t.Logf("Strata's image has %d bytes, the reference's %d", ours, theirs)
	if ours > theirs*90/100 {
		t.Errorf("Strata's image has %d bytes, more than 90 %% of the reference's %d", ours, theirs)
	}
}

// frontendImage makes an image of a program and returns its compressed size.
func frontendImage(t *testing.T, program string) int64 {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "out", "bin", "strata-frontend")
	writeFile(t, bin, readFile(t, program))
	if err := os.Chmod(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	_, img := buildImage(t, buildrun.Build{
		Frontend: buildrun.Builtin,
		Context:  checkout(t),
		Target:   "image",
		Named:    map[string]string{"build": dir},
	})
	var size int64
	for _, l := range img.Manifest.Layers {
		size += l.Size
	}
	return size
}
