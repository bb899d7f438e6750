package baseimage

import (
	"archive/tar"
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
)

// inTree runs a program of the tree, as in a chroot. What it mounts is seen by
// nobody else and goes away with it, and so do processes that it leaves behind.
func inTree(ctx context.Context, dir string, argv ...string) error {
	const script = `mount -t proc proc "$0/proc" && exec chroot "$0" "$@"`
	resolv, err := os.ReadFile("/etc/resolv.conf")
	if err == nil {
		err = writeFiles(dir, []file{{"etc/resolv.conf", 0o644, string(resolv)}})
	}
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	argv = append([]string{"unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, dir}, argv...)
	env := append([]string{plainPath, "HOME=/root"}, host.AptEnv...)
	_, err = host.Command{Env: env, Argv: argv}.Run(ctx)
	return err
}

// aptInstall installs packages in the tree.
func aptInstall(ctx context.Context, dir string, packages ...string) error {
	argv := append([]string{"apt-get", "install", "-y", "-q", "--no-install-recommends"}, packages...)
	err := inTree(ctx, dir, argv...)
	if err == nil {
		return nil
	}
	// A kept tree can have lists that name packages which are gone by now.
	if err := inTree(ctx, dir, "apt-get", "-q", "update"); err != nil {
		return err
	}
	return inTree(ctx, dir, argv...)
}

// onDebian makes a layer of what change does to a copy of the Debian tree.
func (s *Store) onDebian(ctx context.Context, createdBy string, change func(dir string) error) (*layer, error) {
	base, err := s.debianTree(ctx)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	tmp, err := os.MkdirTemp(s.Dir, "tree-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	dir := filepath.Join(tmp, "root")
	if _, err := (host.Command{Argv: []string{"cp", "-a", "--reflink=auto", base, dir}}).Run(ctx); err != nil {
		return nil, err
	}
	if err := change(dir); err != nil {
		return nil, err
	}
	// Installing ca-certificates writes the bundle anew, without the machine's own.
	if err := addCertificates(dir); err != nil {
		return nil, err
	}
	return s.newLayer(createdBy, func(tw *tar.Writer) error {
		return (&tree{dir: dir, lower: base, skip: machineState, since: start}).write(tw)
	})
}
