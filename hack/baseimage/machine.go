package baseimage

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/stratabuild/strata/hack/buildrun"
	"github.com/stratabuild/strata/hack/internal/host"
)

// caBundle holds the certificates that the machine trusts. Some registries that the
// machine reaches may have a certificate that only this bundle knows.
const caBundle = "/etc/ssl/certs/ca-certificates.crt"

// copyCertificates copies the bundle into a folder, and the machine's own
// certificates, if any, to the folder that update-ca-certificates reads.
func copyCertificates(dir string) error {
	own, err := filepath.Glob("/usr/local/share/ca-certificates/*.crt")
	if err != nil {
		return err
	}
	for _, name := range append(own, caBundle) {
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = host.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func addBusybox(ctx context.Context, s *Store, b *buildrun.Build) error {
	deb, err := host.UnpackDeb(ctx, s.Debs, "busybox-static")
	if err != nil {
		return err
	}
	b.Named["deb"] = deb
	return addBin(deb)
}

// addBin makes the link /bin of a Debian system in an unpacked package. Since Debian 13
// packages have their programs only in /usr/bin.
func addBin(root string) error {
	bin := filepath.Join(root, "bin")
	if _, err := os.Lstat(bin); !os.IsNotExist(err) {
		return err
	}
	return os.Symlink("usr/bin", bin)
}

// addGo adds the machine's Go.
func addGo(ctx context.Context, _ *Store, b *buildrun.Build) error {
	root, err := host.Command{Env: []string{"GOFLAGS="}, Argv: []string{"go", "env", "GOROOT"}}.Run(ctx)
	if err != nil {
		return err
	}
	// Distributions spread Go over several folders that are linked together.
	b.Named["goroot"], err = filepath.EvalSymlinks(root)
	return err
}

// addNode fetches packages from the npm registry.
func addNode(ctx context.Context, s *Store, b *buildrun.Build) error {
	arch, known := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if !known {
		return fmt.Errorf("the npm registry has no Node for %s", runtime.GOARCH)
	}
	npm, err := host.Program(ctx, "npm", "npm")
	if err != nil {
		return err
	}
	_, err = host.Command{
		Dir:  b.Context,
		Argv: []string{npm, "pack", "node-linux-" + arch + "@" + b.Args["NODE_VERSION"], "npm@" + b.Args["NPM_VERSION"]},
	}.Run(ctx)
	return err
}

// machineState lists files that debootstrap or apt leaves behind, and that the slim
// images do not have.
var machineState = []string{
	"dev/*", "proc/*", "sys/*", "run/*", "tmp/*", "debootstrap", "etc/resolv.conf", "etc/hostname", "etc/machine-id",
	"var/lib/apt/lists/*", "var/cache/apt/*", "var/cache/debconf/*", "var/cache/ldconfig/*", "var/log/*",
	"usr/share/doc/*", "usr/share/man/*", "usr/share/info/*", "usr/share/locale/*",
}

// addDebian adds a tar of a minimal Debian.
func addDebian(ctx context.Context, s *Store, b *buildrun.Build) error {
	debootstrap, err := host.Program(ctx, "debootstrap", "debootstrap", "debian-archive-keyring")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.Dir, "debian-*")
	if err != nil {
		return err
	}
	// A debootstrap that was interrupted can leave its mounts of /proc and /sys.
	defer func() {
		host.Unmount(dir + "/")
		_ = os.RemoveAll(dir)
	}()
	mirror := machineMirror(ctx)
	b.Args["MIRROR"] = mirror
	tar := []string{"tar", "--directory", dir, "--numeric-owner", "--anchored", "-cf", filepath.Join(b.Context, "debian.tar")}
	for _, pattern := range machineState {
		tar = append(tar, "--exclude=./"+pattern)
	}
	for _, argv := range [][]string{{debootstrap, "--variant=minbase", "bookworm", dir, mirror}, append(tar, ".")} {
		if _, err := (host.Command{Env: host.AptEnv, Argv: argv}).Run(ctx); err != nil {
			return err
		}
	}
	return nil
}

// machineMirror is the Debian mirror that the machine's own apt uses.
func machineMirror(ctx context.Context) string {
	out, _ := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").Output()
	for uri := range strings.FieldsSeq(string(out)) {
		if uri = strings.TrimSuffix(uri, "/"); strings.HasSuffix(uri, "/debian") && strings.HasPrefix(uri, "http://") {
			return uri
		}
	}
	return "http://deb.debian.org/debian"
}

// arguments returns the build args of the recipe, and the machine's proxies, through
// which a build also reaches its package registries.
func (r recipe) arguments() map[string]string {
	args := map[string]string{}
	for _, name := range []string{"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		if value := os.Getenv(name); value != "" {
			args[name] = value
		}
	}
	maps.Copy(args, r.args)
	return args
}
