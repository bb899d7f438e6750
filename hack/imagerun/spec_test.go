package imagerun

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// A container runs the command of the image's config.
func TestApply(t *testing.T) {
	img := &Image{Config: ocispecs.Image{Config: ocispecs.ImageConfig{
		Entrypoint: []string{"/entry"}, Cmd: []string{"cmd"}, Env: []string{"A=1"}, User: "7:8",
	}}}
	root := t.TempDir()
	for _, env := range [][]string{nil, {"B=2"}} {
		spec := &specs.Spec{Process: &specs.Process{Terminal: true}, Root: &specs.Root{Readonly: true}, Linux: &specs.Linux{
			Namespaces: []specs.LinuxNamespace{{Type: specs.NetworkNamespace}, {Type: specs.PIDNamespace}},
		}}
		if err := img.apply(spec, root, env); err != nil {
			t.Fatal(err)
		}
		p := spec.Process
		if !slices.Equal(p.Args, []string{"/entry", "cmd"}) || !slices.Equal(p.Env, append([]string{"A=1"}, env...)) || p.User.UID != 7 || p.User.GID != 8 || p.Cwd != "/" {
			t.Errorf("%+v", p)
		}
		if spec.Root.Readonly || p.Terminal || len(spec.Linux.Namespaces) != 1 {
			t.Errorf("%+v", spec)
		}
	}
	for _, user := range []string{"app", "1:staff"} {
		img.Config.Config.User = user
		if err := img.apply(&specs.Spec{Process: &specs.Process{}}, root, nil); err == nil {
			t.Errorf("user %s is no error", user)
		}
	}
}

// A tree shows all properties in which images can differ, except for times.
func TestTree(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("one"), 0o644); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, change := range []func() error{
		func() error { return nil },
		func() error { return os.WriteFile(file, []byte("two"), 0o644) },
		func() error { return os.Chmod(file, 0o600) },
		func() error { return os.Remove(file) },
		func() error { return os.Symlink("elsewhere", file) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		tree, err := Tree(dir)
		if err != nil {
			t.Fatal(err)
		}
		if seen[tree["/file"]] {
			t.Errorf("%q is not new", tree["/file"])
		}
		seen[tree["/file"]] = true
	}
}
