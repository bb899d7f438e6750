package baseimage

import (
	"archive/tar"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/stratabuild/strata/hack/internal/host"
)

const (
	debianSuite  = "bookworm"
	debianMirror = "http://deb.debian.org/debian"
)

var debianRecipe = &recipe{
	tags:    []string{"debian:bookworm-slim", "debian:bookworm", "debian:12-slim", "debian:stable-slim", "debian:latest"},
	version: "1",
	layers: func(ctx context.Context, s *Store, _ *recipe) ([]*layer, error) {
		dir, err := s.debianTree(ctx)
		if err != nil {
			return nil, err
		}
		since, err := os.Stat(dir + ".start")
		if err != nil {
			return nil, err
		}
		l, err := s.newLayer("debootstrap --variant=minbase "+debianSuite, func(tw *tar.Writer) error {
			return (&tree{dir: dir, skip: machineState, since: since.ModTime()}).write(tw)
		})
		return []*layer{l}, err
	},
	config: func(_ context.Context, c *v1.Config) error {
		c.Env, c.Cmd = []string{plainPath}, []string{"bash"}
		return nil
	},
}

// machineState is what a running system or apt leaves behind, which does not
// belong into an image.
var machineState = under("dev/", "proc/", "sys/", "run/", "tmp/", "debootstrap/", "debootstrap",
	"var/lib/apt/lists/", "var/cache/apt/", "var/cache/debconf/", "var/cache/ldconfig/", "var/log/",
	"etc/resolv.conf", "etc/hostname", "etc/machine-id")

// slimmed is what the slim images do not unpack from packages.
const slimmed = `path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/groff/*
path-exclude /usr/share/lintian/*
force-unsafe-io
`

// debianFiles make apt in a container behave as in the real images.
var debianFiles = []file{
	{"etc/dpkg/dpkg.cfg.d/docker", 0o644, slimmed},
	{"etc/apt/apt.conf.d/docker-clean", 0o644, "APT::Keep-Downloaded-Packages \"false\";\nDPkg::Post-Invoke { \"rm -f /var/cache/apt/archives/*.deb || true\"; };\n"},
	{"etc/apt/apt.conf.d/docker-no-languages", 0o644, "Acquire::Languages \"none\";\n"},
	{"etc/apt/apt.conf.d/docker-no-recommends-valid-until", 0o644, "Acquire::Check-Valid-Until \"false\";\n"},
	{"usr/sbin/policy-rc.d", 0o755, "#!/bin/sh\nexit 101\n"},
}

// debianTree is a minimal Debian in a folder, made once and kept: the images
// that stand on Debian are made from copies of it.
func (s *Store) debianTree(ctx context.Context) (string, error) {
	dir := filepath.Join(s.Dir, "debian-"+debianSuite)
	if host.FileExists(filepath.Join(dir, "usr/sbin/policy-rc.d")) {
		return dir, nil
	}
	if err := s.debootstrapNeeds(ctx); err != nil {
		return "", err
	}
	tmp := dir + ".tmp"
	if err := os.RemoveAll(tmp); err != nil {
		return "", err
	}
	if err := os.WriteFile(dir+".start", nil, 0o644); err != nil {
		return "", err
	}
	err := s.Log.During("debootstrapping Debian "+debianSuite, func() error {
		return s.debootstrap(ctx, tmp)
	})
	if err != nil {
		return "", err
	}
	return dir, os.Rename(tmp, dir)
}

func (s *Store) debootstrapNeeds(ctx context.Context) error {
	if _, err := s.Log.Program(ctx, "debootstrap", "debootstrap"); err != nil {
		return err
	}
	return s.Log.PackageFile(ctx, "/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring")
}

func (s *Store) debootstrap(ctx context.Context, dir string) error {
	mirror := machineMirror(ctx)
	argv := []string{"debootstrap", "--variant=minbase", debianSuite, dir, mirror}
	if _, err := (host.Command{Env: append(host.AptEnv, sbinPath()), Argv: argv}).Run(ctx); err != nil {
		return err
	}
	for _, pattern := range []string{"usr/share/doc/*", "usr/share/man/*", "usr/share/info/*", "usr/share/locale/*"} {
		if err := removeAll(filepath.Join(dir, pattern)); err != nil {
			return err
		}
	}
	security := strings.Replace(mirror, "/debian", "/debian-security", 1)
	sources := fmt.Sprintf("deb %[1]s %[2]s main\ndeb %[1]s %[2]s-updates main\ndeb %[3]s %[2]s-security main\n", strings.TrimSuffix(mirror, "/"), debianSuite, strings.TrimSuffix(security, "/"))
	if err := writeFiles(dir, append(slices.Clone(debianFiles), file{"etc/apt/sources.list", 0o644, sources})); err != nil {
		return err
	}
	if err := addCertificates(dir); err != nil {
		return err
	}
	return inTree(ctx, dir, "apt-get", "-q", "update")
}

func removeAll(pattern string) error {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, f := range found {
		if err := os.RemoveAll(f); err != nil {
			return err
		}
	}
	return nil
}

// sbinPath is for debootstrap, which calls chroot, mount and mknod by name.
func sbinPath() string {
	return "PATH=" + os.Getenv("PATH") + ":/usr/local/sbin:/usr/sbin:/sbin"
}

// machineMirror is the Debian mirror that the machine's own apt uses.
func machineMirror(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").Output()
	if err != nil {
		return debianMirror
	}
	for _, uri := range strings.Fields(string(out)) {
		if strings.HasSuffix(strings.TrimSuffix(uri, "/"), "/debian") && strings.HasPrefix(uri, "http://") {
			return strings.TrimSuffix(uri, "/")
		}
	}
	return debianMirror
}
