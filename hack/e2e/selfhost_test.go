package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// sourceDate is any fixed time: what counts is that it is given.
const sourceDate = "1767225600"

// TestSelfHosting lets BuildKit's built-in frontend build Strata (stage 1),
// that image build Strata through "# syntax=" (stage 2), and stage 2 build it
// once more (stage 3). Stages 2 and 3 must be the same image.
func TestSelfHosting(t *testing.T) {
	var stage [4]string // references of what was pushed, stage 0 being built in
	var digest [4]string
	for n := 1; n <= 3; n++ {
		src := copySource(t, stage[n-1])
		out := request{
			dir:       src,
			target:    "image",
			builtin:   true,
			buildArgs: map[string]string{"SOURCE_DATE_EPOCH": sourceDate, "VERSION": "selfhost"},
			push:      bench.Registry() + "/selfhost/strata:stage" + string(rune('0'+n)),
		}.build(t)
		stage[n], digest[n] = out.pushed, out.digest
		t.Logf("stage %d: %s", n, digest[n])
		if len(out.ran()) == 0 {
			t.Errorf("stage %d ran nothing: it proves nothing", n)
		}
	}
	if digest[2] == "" || digest[2] != digest[3] {
		t.Errorf("stage 2 is %s, but stage 3 is %s", digest[2], digest[3])
	}
}

// copySource copies what the image is built from. The file that is added is
// read by no step, but makes the compile step run again each time, instead of
// taking what an earlier stage has left in the build cache.
func copySource(t *testing.T, syntax string) string {
	t.Helper()
	top, dir := checkout(t), t.TempDir()
	for _, name := range []string{"cmd", "frontend", "llbconv"} {
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

// TestImageSize builds the reference's frontend and Strata's the same way:
// same flags, same Dockerfile.
func TestImageSize(t *testing.T) {
	reference, err := bench.Tool(t.Context(), "dockerfile-frontend")
	if err != nil {
		t.Fatal(err)
	}
	theirs := frontendImage(t, func(out string) { writeFile(t, out, readFile(t, reference)) })
	ours := frontendImage(t, func(out string) { compileStrata(t, out) })
	t.Logf("Strata's image has %d bytes, the reference's %d", ours, theirs)
	if ours > theirs {
		t.Errorf("Strata's image has %d bytes, the reference's only %d", ours, theirs)
	}
}

// frontendImage makes an image of the program that make writes, and returns
// its compressed size.
func frontendImage(t *testing.T, make func(out string)) int64 {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "out", "bin", "strata-frontend")
	if err := os.MkdirAll(filepath.Dir(bin), 0o755); err != nil {
		t.Fatal(err)
	}
	make(bin)
	if err := os.Chmod(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	return request{
		dir:      checkout(t),
		target:   "image",
		builtin:  true,
		contexts: map[string]string{"build": dir},
	}.build(t).image(t).Size()
}

// compileStrata compiles with the flags that the tools of the workbench, the
// reference's frontend among them, are compiled with.
func compileStrata(t *testing.T, out string) {
	t.Helper()
	t.Setenv("CGO_ENABLED", "0")
	log, err := runCommand(t, checkout(t), "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w", "-o", out, "./cmd/strata-frontend")
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
}
