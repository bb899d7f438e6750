package workbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// aptEnv keeps Debian's tools from asking questions.
var aptEnv = []string{"DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}

// apt-get runs one at a time, and its lists are fetched once per process at most.
var (
	aptMutex   sync.Mutex
	aptUpdated bool
)

// apt runs apt-get, fetching the package lists first if that is what it lacks.
func apt(ctx context.Context, dir string, args ...string) error {
	argv := append([]string{"apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=300"}, args...)
	_, err := command{dir: dir, env: aptEnv, argv: argv}.run(ctx)
	if err == nil || aptUpdated {
		return err
	}
	if _, err := (command{env: aptEnv, argv: []string{"apt-get", "-q", "update"}}).run(ctx); err != nil {
		return err
	}
	aptUpdated = true
	_, err = command{dir: dir, env: aptEnv, argv: argv}.run(ctx)
	return err
}

// program finds a program of the machine, installing Debian's package if it is
// not there.
func (l logger) program(ctx context.Context, name, pkg string) (string, error) {
	if path, err := lookPath(name); err == nil {
		return path, nil
	}
	aptMutex.Lock()
	defer aptMutex.Unlock()
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", fmt.Errorf("%s is not installed, and apt-get is not there to install it; put %s on the PATH", name, name)
	}
	if os.Geteuid() != 0 {
		return "", fmt.Errorf("%s is not installed; run 'apt-get install %s' as root", name, pkg)
	}
	err := l.during("installing Debian's "+pkg, func() error {
		return apt(ctx, "", "install", "--no-install-recommends", pkg)
	})
	if err != nil {
		return "", err
	}
	return lookPath(name)
}

// lookPath looks on the PATH and in the folders for administrators' programs,
// which a plain shell leaves out.
func lookPath(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}

// unpackDeb unpacks Debian's package into a folder of the workbench and
// returns that folder. Nothing is installed, so no service of the package is
// started or enabled on the machine.
func (s state) unpackDeb(ctx context.Context, log logger, pkg string) (string, error) {
	aptMutex.Lock()
	defer aptMutex.Unlock()
	dir := s.path("debs", pkg)
	if fileExists(dir) {
		return dir, nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return "", errors.New("apt-get is needed to fetch Debian's package " + pkg)
	}
	tmp := fmt.Sprintf("%s.%d.tmp", dir, os.Getpid())
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	err := log.during("fetching Debian's "+pkg, func() error {
		return fetchDeb(ctx, tmp, pkg)
	})
	if err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(tmp, "root"), dir); err != nil && !fileExists(dir) {
		return "", err
	}
	return dir, nil
}

func fetchDeb(ctx context.Context, dir, pkg string) error {
	// As root apt-get would drop to its own user, who may not write here.
	if err := apt(ctx, dir, "download", "-o", "APT::Sandbox::User=root", pkg); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("apt-get download %s left %d packages: %s", pkg, len(found), strings.Join(found, " "))
	}
	_, err = command{argv: []string{"dpkg-deb", "-x", found[0], filepath.Join(dir, "root")}}.run(ctx)
	return err
}
