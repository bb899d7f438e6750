package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/moby/sys/user"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/stratabuild/strata/hack/e2e/scenario"
	"github.com/stratabuild/strata/hack/internal/host"
)

// container unpacks the image into dir and prepares a command that runs it, with
// further variables of the environment. It has the machine's network, so that a
// server in it answers on loopback. The end of the context ends the container.
func container(ctx context.Context, img *scenario.Image, dir string, env ...string) (*exec.Cmd, error) {
	if err := img.Unpack(ctx, filepath.Join(dir, "rootfs")); err != nil {
		return nil, err
	}
	if err := writeSpec(dir, img, env); err != nil {
		return nil, err
	}
	id := fmt.Sprintf("strata-%d-%d", os.Getpid(), time.Now().UnixNano())
	runc := func(ctx context.Context, args ...string) *exec.Cmd {
		return exec.CommandContext(ctx, "runc", append([]string{"--root", filepath.Join(dir, "runc")}, args...)...)
	}
	cmd := runc(ctx, "run", "--bundle", dir, id)
	cmd.Cancel = runc(context.WithoutCancel(ctx), "kill", id, "KILL").Run
	return cmd, nil
}

// writeSpec makes dir a runc bundle: runc's default, with the settings of the
// image's config.
func writeSpec(dir string, img *scenario.Image, env []string) error {
	path := filepath.Join(dir, "config.json")
	if err := os.RemoveAll(path); err != nil { // runc spec does not overwrite
		return err
	}
	if out, err := exec.Command("runc", "spec", "--bundle", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("runc spec: %w: %s", err, out)
	}
	var spec specs.Spec
	if err := host.ReadJSON(path, &spec); err != nil {
		return err
	}
	if err := apply(&spec, img.Config.Config, filepath.Join(dir, "rootfs"), env); err != nil {
		return err
	}
	return host.WriteJSON(path, spec)
}

func apply(spec *specs.Spec, cfg ocispecs.ImageConfig, root string, env []string) error {
	u, err := user.GetExecUserPath(cfg.User, nil, filepath.Join(root, "etc", "passwd"), filepath.Join(root, "etc", "group"))
	if err != nil {
		return err
	}
	p := spec.Process
	p.Terminal = false
	p.Args = slices.Concat(cfg.Entrypoint, cfg.Cmd)
	p.Env = slices.Concat(cfg.Env, env)
	p.User = specs.User{UID: uint32(u.Uid), GID: uint32(u.Gid)}
	p.Cwd = cmp.Or(cfg.WorkingDir, "/")
	spec.Root.Readonly = false
	// The machine's network: a server in the container answers on loopback.
	spec.Linux.Namespaces = slices.DeleteFunc(spec.Linux.Namespaces, func(n specs.LinuxNamespace) bool {
		return n.Type == specs.NetworkNamespace
	})
	return nil
}

// A container runs the command of the image's config.
func TestApply(t *testing.T) {
	cfg := ocispecs.ImageConfig{Entrypoint: []string{"/entry"}, Cmd: []string{"cmd"}, Env: []string{"A=1"}, User: "7:8"}
	root := t.TempDir()
	for _, env := range [][]string{nil, {"B=2"}} {
		spec := &specs.Spec{Process: &specs.Process{Terminal: true}, Root: &specs.Root{Readonly: true}, Linux: &specs.Linux{
			Namespaces: []specs.LinuxNamespace{{Type: specs.NetworkNamespace}, {Type: specs.PIDNamespace}},
		}}
		if err := apply(spec, cfg, root, env); err != nil {
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
		cfg.User = user
		if err := apply(&specs.Spec{Process: &specs.Process{}}, cfg, root, nil); err == nil {
			t.Errorf("user %s is not an error", user)
		}
	}
}
