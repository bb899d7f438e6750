package host

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// AptEnv keeps Debian's tools from asking questions.
var AptEnv = []string{"DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}

// apt-get runs one at a time, and the package lists are fetched at most once per
// process.
var (
	aptMutex   sync.Mutex
	aptUpdated bool
)

// Administrators' programs are not in the PATH of a plain shell.
func init() { os.Setenv("PATH", os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/sbin") }

// Apt runs apt-get. It fetches the package lists first if they are missing.
func Apt(ctx context.Context, dir string, args ...string) error {
	argv := append([]string{"apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=300"}, args...)
	_, err := Command{Dir: dir, Env: AptEnv, Argv: argv}.Run(ctx)
	if err == nil || aptUpdated {
		return err
	}
	if _, err := (Command{Env: AptEnv, Argv: []string{"apt-get", "-q", "update"}}).Run(ctx); err != nil {
		return err
	}
	aptUpdated = true
	_, err = Command{Dir: dir, Env: AptEnv, Argv: argv}.Run(ctx)
	return err
}

// Program finds a program of the machine, and installs Debian's packages if it is
// missing.
func Program(ctx context.Context, name string, packages ...string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	if err := install(ctx, name, packages); err != nil {
		return "", err
	}
	return exec.LookPath(name)
}

func install(ctx context.Context, what string, packages []string) error {
	aptMutex.Lock()
	defer aptMutex.Unlock()
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("%s is missing, and apt-get is not there to install it; install it by hand", what)
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("%s is missing; run 'apt-get install %s' as root", what, strings.Join(packages, " "))
	}
	return During("installing Debian's "+packages[0], func() error {
		return Apt(ctx, "", append([]string{"install", "--no-install-recommends"}, packages...)...)
	})
}

// UnpackDeb unpacks Debian's package into a folder of its own under parent and
// returns that folder. Nothing is installed, so no service of the package is
// started or enabled on the machine.
func UnpackDeb(ctx context.Context, parent, pkg string) (string, error) {
	aptMutex.Lock()
	defer aptMutex.Unlock()
	dir := filepath.Join(parent, pkg)
	if FileExists(dir) {
		return dir, nil
	}
	tmp := fmt.Sprintf("%s.%d.tmp", dir, os.Getpid())
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	err := During("fetching Debian's "+pkg, func() error {
		return fetchDeb(ctx, tmp, pkg)
	})
	if err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(tmp, "root"), dir); err != nil && !FileExists(dir) {
		return "", err
	}
	return dir, nil
}

func fetchDeb(ctx context.Context, dir, pkg string) error {
	// As root, apt-get would switch to its own user, who may not write here.
	if err := Apt(ctx, dir, "download", "-o", "APT::Sandbox::User=root", pkg); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("apt-get download %s left %d packages: %s", pkg, len(found), strings.Join(found, " "))
	}
	_, err = Command{Argv: []string{"dpkg-deb", "-x", found[0], filepath.Join(dir, "root")}}.Run(ctx)
	return err
}
