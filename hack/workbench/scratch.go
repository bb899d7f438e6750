package workbench

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/stratabuild/strata/hack/internal/host"
)

// Scratch is a temporary folder for a program that starts its own daemons in it. If
// the program is killed, the watcher ends them.
type Scratch struct {
	Dir   string
	state state
	lock  *flock.Flock // held while the program is alive
}

// scratchParent is not os.TempDir, which can be a long path: the folder contains
// sockets, whose paths are limited to 107 bytes.
const scratchParent = "/tmp"

// NewScratch makes a folder, in memory if the machine has enough.
func (b *Env) NewScratch(ctx context.Context, kind string) (*Scratch, error) {
	s, err := b.newScratch(ctx, kind)
	if err != nil {
		return nil, err
	}
	if err := keepInMemory(s.Dir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (b *Env) newScratch(ctx context.Context, kind string) (*Scratch, error) {
	lock, err := b.state.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	if _, err := b.state.endOrphans(); err != nil {
		host.Printf("another program's folder: %v", err) // the watcher tries again
	}
	s := &Scratch{state: b.state}
	if s.Dir, err = os.MkdirTemp(scratchParent, "strata-"+kind+"-"); err != nil {
		return nil, err
	}
	if s.lock, err = host.WaitLock(ctx, s.lockFile(), nil); err != nil {
		return nil, err
	}
	if err := b.state.ensureWatcher(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// lockFile is not in the folder, because the workbench has to recognize its own
// folders.
func (s *Scratch) lockFile() string { return s.state.path("scratch", filepath.Base(s.Dir)) }

// Close ends the processes and containers of the folder, and removes it with all
// its mounts.
func (s *Scratch) Close() error {
	defer s.lock.Unlock()
	if err := host.End(s.Dir, func() []int { return pidsIn(s.Dir) }); err != nil {
		return err
	}
	s.state.cleanLeftovers(s.Dir)
	_ = syscall.Unmount(s.Dir, syscall.MNT_DETACH)
	// Without its lock file nobody would know the folder.
	if err := os.RemoveAll(s.Dir); err != nil {
		return err
	}
	if err := os.Remove(s.lockFile()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// pidsIn are the processes that have a file of the folder among their arguments.
func pidsIn(dir string) []int { return host.Processes(dir + string(filepath.Separator)) }

// enoughMemory is the memory, in bytes, of a machine on which daemons that do not stay
// keep their files in memory. During the end-to-end tests these are up to 0.8 GB.
const enoughMemory = 6 << 30

// keepInMemory keeps the files of an empty folder in memory, if there is enough. A
// daemon makes many small writes, and waits for the disk after each. Without these, the
// end-to-end tests take a sixth less time.
func keepInMemory(dir string) error {
	var machine syscall.Sysinfo_t
	if err := syscall.Sysinfo(&machine); err != nil || machine.Totalram*uint64(machine.Unit) < enoughMemory {
		return err
	}
	return syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=755")
}
