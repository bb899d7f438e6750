package workbench

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stratabuild/strata/hack/internal/host"
)

// mainDaemon is the name of the daemon that every user of a workbench shares.
const mainDaemon = "main"

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

func (s state) bin(name string) string    { return s.path("bin", name) }
func (s state) daemon(name string) string { return s.path("daemons", name) }

// socket returns the path on which the named daemon listens. It is in the temporary
// folder, because paths of sockets are limited to 107 bytes.
func (s state) socket(name string) string { return filepath.Join(s.temp(name), "buildkitd.sock") }

// temp returns the folder for temporary files of the named daemon. They include
// mounts, which a killed daemon leaves behind, and sockets.
func (s state) temp(name string) string {
	sum := sha256.Sum256([]byte(s.daemon(name)))
	return filepath.Join(scratchParent, "strata-"+hex.EncodeToString(sum[:8]))
}

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
