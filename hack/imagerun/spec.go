package imagerun

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/moby/sys/user"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/stratabuild/strata/hack/internal/host"
)

// writeSpec makes dir a runc bundle: runc's default, with the settings of the
// image's config.
func (i *Image) writeSpec(dir string, env []string) error {
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
	if err := i.apply(&spec, filepath.Join(dir, "rootfs"), env); err != nil {
		return err
	}
	return host.WriteJSON(path, spec)
}

func (i *Image) apply(spec *specs.Spec, root string, env []string) error {
	cfg := i.Config.Config
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
