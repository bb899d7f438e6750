package imagerun

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/stratabuild/strata/hack/internal/host"
)

// writeSpec makes dir a runc bundle: runc's default, with the settings of the
// image's config.
func (i *Image) writeSpec(dir string, o Options) error {
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
	if err := i.apply(&spec, o); err != nil {
		return err
	}
	return host.WriteJSON(path, spec)
}

func (i *Image) apply(spec *specs.Spec, o Options) error {
	cfg := i.Config.Config
	args := cfg.Cmd
	if o.Args != nil {
		args = o.Args
	}
	user, err := numericUser(cfg.User)
	if err != nil {
		return err
	}
	p := spec.Process
	p.Terminal = false
	p.Args = slices.Concat(cfg.Entrypoint, args)
	p.Env = slices.Concat(cfg.Env, o.Env)
	p.User = user
	if p.Cwd = cfg.WorkingDir; p.Cwd == "" {
		p.Cwd = "/"
	}
	spec.Root.Readonly = false
	// The machine's network: a server in the container answers on loopback.
	spec.Linux.Namespaces = slices.DeleteFunc(spec.Linux.Namespaces, func(n specs.LinuxNamespace) bool {
		return n.Type == specs.NetworkNamespace
	})
	return nil
}

// numericUser reads the forms of USER that need no passwd file.
func numericUser(s string) (specs.User, error) {
	if s == "" || s == "root" {
		return specs.User{}, nil
	}
	uid, gid, _ := strings.Cut(s, ":")
	u, err := strconv.ParseUint(uid, 10, 32)
	if err != nil {
		return specs.User{}, fmt.Errorf("user %q is not a number; only those are supported here", s)
	}
	var g uint64
	if gid != "" {
		if g, err = strconv.ParseUint(gid, 10, 32); err != nil {
			return specs.User{}, fmt.Errorf("group of user %q is not a number", s)
		}
	}
	return specs.User{UID: uint32(u), GID: uint32(g)}, nil
}
