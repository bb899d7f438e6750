package workbench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/stratabuild/strata/hack/internal/host"
)

// Scratch is a temporary folder for a program that starts daemons of its own
// in it, which a killed program cannot end.
type Scratch struct {
	Dir   string
	state state
	lock  *host.FileLock // the sign that the program is alive
}

// NewScratch makes a folder. What killed programs have left in folders of the
// same kind is ended and removed first. The path is short, as sockets need.
func (b *Bench) NewScratch(kind string) (*Scratch, error) {
	prefix := "strata-" + kind + "-"
	abandoned, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return nil, err
	}
	for _, dir := range abandoned {
		if s, err := b.openScratch(dir); err == nil {
			_ = s.Close() // tried again the next time
		}
	}
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, err
	}
	return b.openScratch(dir)
}

func (b *Bench) openScratch(dir string) (*Scratch, error) {
	lock, err := host.TryLock(filepath.Join(dir, "lock"), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	return &Scratch{Dir: dir, state: b.state, lock: lock}, nil
}

// Close ends the processes and containers that live in the folder, and removes
// it with all that is mounted in it.
func (s *Scratch) Close() error {
	defer s.lock.Release()
	if err := endProcessesIn(s.Dir); err != nil {
		return err
	}
	s.state.cleanLeftovers(s.Dir)
	return os.RemoveAll(s.Dir)
}

// endProcessesIn ends the processes that were told to work in the folder.
func endProcessesIn(dir string) error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		for _, pid := range pidsIn(dir) {
			_ = syscall.Kill(pid, signal) // it may just have ended
		}
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if len(pidsIn(dir)) == 0 {
				return nil
			}
		}
	}
	return fmt.Errorf("processes %v in %s do not end", pidsIn(dir), dir)
}

func pidsIn(dir string) []int {
	mark := []byte(dir + string(filepath.Separator))
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		cmdline, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err == nil && bytes.Contains(cmdline, mark) {
			found = append(found, pid)
		}
	}
	return found
}
