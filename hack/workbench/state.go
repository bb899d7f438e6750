package workbench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stratabuild/strata/hack/internal/host"
)

// state returns the paths of the workbench; it changes nothing.
type state struct{ root string }

// DefaultRoot returns the default folder of a workbench: $STRATA_WORKBENCH, or
// strata/workbench in the user's cache folder.
func DefaultRoot() (string, error) {
	if dir := os.Getenv("STRATA_WORKBENCH"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the workbench: %w; set STRATA_WORKBENCH to one", err)
	}
	return filepath.Join(cache, "strata", "workbench"), nil
}

func newState() (state, error) {
	root, err := DefaultRoot()
	if err != nil {
		return state{}, err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return state{}, fmt.Errorf("cannot make the workbench's folder: %w; set STRATA_WORKBENCH to one that can be written", err)
	}
	return state{root: root}, nil
}

func (s state) path(elem ...string) string {
	return filepath.Join(append([]string{s.root}, elem...)...)
}

func (s state) bin(name string) string { return s.path("bin", name) }

// persistentFile exists if "workbench up" started the processes, so that only
// "workbench down" ends them.
func (s state) persistentFile() string { return s.path("persistent") }

func (s state) persistent() bool { return host.FileExists(s.persistentFile()) }

// Checkout returns the source tree from which the tools and the frontend are built:
// the one that contains the current folder.
func Checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if host.FileExists(filepath.Join(dir, "hack", "tools", PinnedBuildKit, "go.mod")) {
			return dir, nil
		}
	}
	return "", errors.New("not inside a checkout of Strata; change into one")
}
